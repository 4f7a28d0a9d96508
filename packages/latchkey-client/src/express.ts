import type { GuardOptions } from './guard.js';
import { rateHeaders, refusalOf } from './refusal.js';
import type { Allowed } from './verification.js';
import type { Verifier } from './verifier.js';

/** What is needed of a request of Express, Connect or `node:http`. */
type IncomingRequest = {
  method?: string;
  url?: string;
  /** Express: the address before a router cut its own part off. */
  originalUrl?: string;
  /** Express: by its setting `trust proxy`. */
  ip?: string;
  headers: Record<string, string | string[] | undefined>;
  rawHeaders: string[];
  /** Express: http or https, by its setting `trust proxy`. */
  protocol?: string;
  socket: { remoteAddress?: string; encrypted?: boolean };
};

type OutgoingResponse = { statusCode: number; setHeader: (name: string, value: string) => unknown; end: (body: string) => unknown };

const passed = new WeakMap<object, Allowed>();

/**
 * A middleware for Express and whatever calls `(req, res, next)`. Who may pass is found with `accessOf(req)`; who may not is answered
 * without `next`. Headers by which a client claims an identity (X-Token-*, X-Owner-*) are removed.
 */
export function guardExpress<R extends IncomingRequest>(verifier: Verifier, { scopes = [], ip, origin }: GuardOptions<R> = {}) {
  const known = origin === undefined ? undefined : new URL(origin);
  return (req: R, res: OutgoingResponse, next: (error?: unknown) => void): void => {
    clearIdentity(req.headers);
    const ask = () =>
      verifier.verify({
        headers: pairsOf(req.rawHeaders),
        scopes: typeof scopes === 'function' ? scopes(req) : scopes,
        ip: ip ? ip(req) : (req.ip ?? req.socket.remoteAddress),
        method: req.method,
        proto: known?.protocol.slice(0, -1) ?? req.protocol ?? (req.socket.encrypted ? 'https' : 'http'),
        host: known?.host ?? [req.headers.host].flat()[0],
        uri: req.originalUrl ?? req.url,
      });
    const decide = async () => {
      const verification = await ask();
      if (verification.outcome === 'allowed') {
        passed.set(req, verification);
        for (const [name, value] of Object.entries(rateHeaders(verification.rateLimit))) res.setHeader(name, value);
        return next();
      }
      const { status, headers, body } = refusalOf(verification);
      res.statusCode = status;
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      res.end(body);
    };
    decide().catch(next);
  };
}

/** Whose request this is. Throws for one that `guardExpress` has not let pass: a route without its guard. */
export function accessOf(req: object): Allowed {
  const access = passed.get(req);
  if (!access) throw new Error('this request was not verified: put guardExpress before its handler');
  return access;
}

/** All headers: `req.headers` keeps one of two credentials, and which one it is must not matter. */
function* pairsOf(raw: string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string];
}

function clearIdentity(headers: IncomingRequest['headers']): void {
  for (const name of Object.keys(headers)) if (/^x[-_](token|owner)[-_]/i.test(name)) delete headers[name];
}
