import type { Allowed } from './verification.js';

/** How long and how much is remembered. */
export type CacheOptions = {
  /** 1 to 60. A token that was revoked may still pass for this long. */
  ttlSeconds: number;
  /** How many answers at most; 1,000 unless told. The oldest is forgotten first. */
  max?: number;
};

const LONGEST_TTL = 60;

/** Remembers who may pass, never longer than the token lives. Refusals are not remembered. */
export class AccessCache {
  readonly #ttl: number;
  readonly #max: number;
  readonly #entries = new Map<string, { access: Allowed; until: number }>();

  constructor({ ttlSeconds, max = 1000 }: CacheOptions) {
    if (!(ttlSeconds >= 1 && ttlSeconds <= LONGEST_TTL)) throw new RangeError(`cache.ttlSeconds: must be 1 to ${LONGEST_TTL}`);
    if (!Number.isSafeInteger(max) || max < 1) throw new RangeError('cache.max: must be a whole number of at least 1');
    this.#ttl = ttlSeconds * 1000;
    this.#max = max;
  }

  get(key: string): Allowed | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    // By both clocks: one stands still while the machine sleeps, the other can be set.
    const isExpired = entry.access.token.expiresAt !== null && entry.access.token.expiresAt.getTime() <= Date.now();
    if (performance.now() < entry.until && !isExpired) return { ...structuredClone(entry.access), rateLimit: null, isCached: true };
    this.#entries.delete(key);
    return undefined;
  }

  /** `askedAt` by performance.now(); `date` is the Date header of the answer, by which the rest of the token's life is reckoned. */
  put(key: string, access: Allowed, askedAt: number, date: string | null): void {
    const { expiresAt } = access.token;
    // The header has whole seconds: Latchkey's clock may be almost one further.
    const then = date === null ? Date.now() : Date.parse(date) + 1000;
    const life = expiresAt === null ? this.#ttl : Math.min(this.#ttl, expiresAt.getTime() - then);
    if (!(life > 0)) return;
    this.#entries.delete(key);
    // A copy in and a copy out: whoever changes what it got changes nobody else's.
    this.#entries.set(key, { access: structuredClone(access), until: askedAt + life });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** Names a question without keeping its secret in memory: all that the answer depends on, hashed. */
export async function keyOf(asked: Record<string, string>): Promise<string> {
  const parts = [asked['x-api-key'], asked.authorization, asked['x-required-scope'], asked['x-forwarded-for']];
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
