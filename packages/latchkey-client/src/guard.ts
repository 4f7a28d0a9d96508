import { rateHeaders, refusalOf } from './refusal.js';
import type { Allowed } from './verification.js';
import type { Verifier } from './verifier.js';

export type GuardOptions<R> = {
  /** Scopes that are wanted, all of them; or how they follow from the request. */
  scopes?: readonly string[] | ((request: R) => readonly string[]);
  /** The client’s address, where the server knows it. Do not read it from a header that clients can write. */
  ip?: (request: R) => string | undefined;
  /** Where clients reach this service, such as https://api.example.org, if a proxy stands before it: what proofs (DPoP) are made for. */
  origin?: string;
};

/**
 * Guards a handler of `fetch` requests, a Next route handler among them: `export const GET = guard(verifier, handler)`. The handler gets
 * the request, whose it is, and whatever else it is called with. Who may not pass is answered without it.
 */
export function guard<R extends Request, Rest extends unknown[]>(
  verifier: Verifier,
  handler: (request: R, access: Allowed, ...rest: Rest) => Response | Promise<Response>,
  { scopes = [], ip, origin }: GuardOptions<R> = {},
): (request: R, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const { pathname } = new URL(request.url);
    const { protocol, host } = new URL(origin ?? request.url);
    const verification = await verifier.verify({
      headers: request.headers,
      scopes: typeof scopes === 'function' ? scopes(request) : scopes,
      ip: ip?.(request),
      method: request.method,
      proto: protocol.slice(0, -1),
      host,
      uri: pathname,
    });
    if (verification.outcome === 'allowed') {
      const response = await handler(request, verification, ...rest);
      return withHeaders(response, rateHeaders(verification.rateLimit));
    }
    const { status, headers, body } = refusalOf(verification);
    return new Response(request.method === 'HEAD' ? null : body, { status, headers });
  };
}

/** Some responses (a redirect's, another server's) take no more headers: the handler’s answer is worth more than these. */
function withHeaders(response: Response, headers: Record<string, string>): Response {
  try {
    for (const [name, value] of Object.entries(headers)) response.headers.append(name, value);
  } catch {}
  return response;
}
