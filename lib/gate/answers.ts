import type { ServerResponse } from 'node:http';
import type { RefusalReason } from '@/lib/audit/schema';
import type { Grant } from '@/lib/gate/decide';

const REALM = 'Bearer realm="latchkey"';
const RETRY_AFTER_SECONDS = '1';
// Characters that RFC 6750 allows in the scope attribute and that cannot end the quoted string.
const SCOPE_TEXT = /^[a-z0-9._:-]{1,64}$/;

// Written out once for each grant, which is answered many times while it is cached.
const identities = new WeakMap<Grant, Record<string, string>>();

/** 200: the request may pass. All identity headers are always set, so that a gateway overwrites what a client sent. */
export function answerAllowed(res: ServerResponse, grant: Grant, requestId: string): void {
  let identity = identities.get(grant);
  if (!identity) {
    identity = identityOf(grant);
    identities.set(grant, identity);
  }
  end(res, 200, { ...identity, 'x-request-id': requestId });
}

function identityOf(grant: Grant): Record<string, string> {
  return {
    'x-token-id': grant.tokenId,
    'x-token-name': encodeURIComponent(grant.tokenName),
    'x-token-scopes': grant.scopes.join(' '),
    'x-token-expires-at': grant.expiresAt === null ? '' : new Date(grant.expiresAt).toISOString(),
    'x-owner-id': grant.ownerId,
    'x-owner-type': 'user',
    'x-owner-email': grant.ownerEmail,
  };
}

/** 401 without an error code: nothing was shown (RFC 6750, section 3). */
export function answerUnauthenticated(res: ServerResponse): void {
  end(res, 401, { 'www-authenticate': REALM }, { error: 'unauthorized' });
}

/**
 * 401 or 403. Whatever is wrong with a token itself gets one and the same answer, so that nothing can be learnt by trying;
 * the reason is in the log.
 */
export function answerRefused(res: ServerResponse, reason: RefusalReason | 'invalid_request', wanted: string[], requestId: string): void {
  const id = { 'x-request-id': requestId };
  if (reason === 'scope') {
    const scope = wanted.filter((text) => SCOPE_TEXT.test(text)).join(' ');
    return end(
      res,
      403,
      { ...id, 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${scope}"` },
      { error: 'insufficient_scope' },
    );
  }
  if (reason === 'address') return end(res, 403, id, { error: 'address_not_allowed' });
  const error = reason === 'invalid_request' ? reason : 'invalid_token';
  end(res, 401, { ...id, 'www-authenticate': `${REALM}, error="${error}"` }, { error });
}

/** 503: no decision, or no record of it, so no pass. */
export function answerUnavailable(res: ServerResponse): void {
  end(res, 503, { 'retry-after': RETRY_AFTER_SECONDS }, { error: 'unavailable' });
}

function end(res: ServerResponse, status: number, headers: Record<string, string>, body?: { error: string }): void {
  if (res.headersSent || res.destroyed) return;
  const text = body ? JSON.stringify(body) : '';
  // A body that nobody reads must not keep the connection busy.
  if (!res.req.complete && hasLargeBody(res)) headers.connection = 'close';
  if (body) headers['content-type'] = 'application/json';
  res.writeHead(status, { 'cache-control': 'no-store', 'content-length': String(text.length), ...headers }).end(text);
}

function hasLargeBody({ req }: ServerResponse): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 65_536;
}
