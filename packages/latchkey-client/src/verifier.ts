import { AccessCache, type CacheOptions, keyOf } from './cache.js';
import { headersOf, type Question } from './question.js';
import { MALFORMED, readAnswer, type Unavailable, unavailable, type Verification } from './verification.js';

export type { Question } from './question.js';

export type VerifierOptions = {
  /** Where Latchkey is: http://127.0.0.1:3000. */
  url: string;
  /** Milliseconds until the answer is `unavailable`; 3,000 unless told. Latchkey itself answers within 1,500. */
  timeout?: number;
  /** Off unless given: see the README for what it costs. */
  cache?: CacheOptions;
  /** Called with every answer that is `unavailable`, for the service’s own log. */
  onUnavailable?: (answer: Unavailable) => void;
};

export type Verifier = {
  /**
   * Asks whether a request may pass. Resolves whatever happens to Latchkey and the network (`unavailable`); rejects with a TypeError
   * only for a scope that cannot exist.
   */
  verify: (question: Question) => Promise<Verification>;
};

const TIMEOUT = 3000;

/** Makes a verifier; keep one for the whole process. Throws when an option cannot be right. */
export function createVerifier({ url, timeout = TIMEOUT, cache: remembered, onUnavailable }: VerifierOptions): Verifier {
  const address = addressOf(url);
  if (!(timeout > 0 && timeout <= 60_000)) throw new RangeError('timeout: must be 1 to 60,000 milliseconds');
  const cache = remembered && new AccessCache(remembered);

  async function ask(headers: Record<string, string>, key: string | undefined): Promise<Verification> {
    const askedAt = performance.now();
    try {
      // A redirect would carry the credential to wherever it points.
      const answer = await fetch(address, { headers, redirect: 'error', cache: 'no-store', signal: AbortSignal.timeout(timeout) });
      const verification = readAnswer(answer, await answer.text());
      if (key !== undefined && verification.outcome === 'allowed') cache?.put(key, verification, askedAt, answer.headers.get('date'));
      return verification;
    } catch (error) {
      return unavailable(reasonOf(error));
    }
  }

  return {
    async verify(question) {
      const headers = headersOf(question);
      if (headers === null) return MALFORMED;
      // A proof is good for one request: an answer to another one says nothing about it.
      const isRemembered = cache && !/^\s*dpop\b/i.test(headers.authorization ?? '');
      const key = isRemembered ? await keyOf(headers) : undefined;
      const known = key === undefined ? undefined : cache?.get(key);
      const verification = known ?? (await ask(headers, key));
      if (verification.outcome === 'unavailable') onUnavailable?.(verification);
      return verification;
    },
  };
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    !/^\/(verify)?$/.test(url.pathname) ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  )
    throw new TypeError('url: must be an http or https address without a path, such as http://127.0.0.1:3000');
  return new URL('/verify', url);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
