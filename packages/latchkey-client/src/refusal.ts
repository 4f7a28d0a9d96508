import type { RateLimit, Refused, Unavailable } from './verification.js';

/** An answer for whoever may not pass. */
export type Refusal = { status: number; headers: Record<string, string>; body: string };

/** What is left of a limit, as headers for the client; none for a token without one. */
export function rateHeaders(rateLimit: RateLimit | null): Record<string, string> {
  return rateLimit === null ? {} : { ratelimit: rateLimit.left, 'ratelimit-policy': rateLimit.policy };
}

/** What to answer a client whose request may not pass: status, challenge, Retry-After, what is left of a limit, and a short JSON error. */
export function refusalOf(verification: Refused | Unavailable): Refusal {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  if (verification.retryAfter !== null) headers['retry-after'] = String(verification.retryAfter);
  if (verification.outcome === 'refused') {
    const challenge = verification.challenge ?? (verification.status === 401 ? 'Bearer' : null);
    if (challenge !== null) headers['www-authenticate'] = challenge;
    Object.assign(headers, rateHeaders(verification.rateLimit));
    if (verification.requestId !== null) headers['x-request-id'] = verification.requestId;
  }
  return { status: verification.status, headers, body: JSON.stringify({ error: verification.error }) };
}
