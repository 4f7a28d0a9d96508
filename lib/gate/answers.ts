import type { ServerResponse } from 'node:http';
import type { RefusalReason } from '@/lib/audit/schema';
import { endOf, type Grant } from '@/lib/gate/decide';
import type { Spending } from '@/lib/gate/spending';
import { proofAlgorithms } from '@/lib/jwk';

const REALM = 'realm="latchkey"';
const ALGORITHMS = `algs="${proofAlgorithms.join(' ')}"`;
const RETRY_AFTER_SECONDS = '1';
// Characters that RFC 6750 allows in the scope attribute and that cannot end the quoted string.
const SCOPE_TEXT = /^[a-z0-9._:-]{1,64}$/;
// As many as a token can have (lib/tokens/schema.ts): an answer's header stays within what every proxy takes.
const SCOPES_NAMED = 50;

// Written out once for each grant, which is answered many times while it is cached.
const identities = new WeakMap<Grant, Record<string, string>>();

/**
 * 200: the request may pass. All identity headers are always set, so that a gateway overwrites what a client sent. `spending` is
 * what the token's limit and quota said, if it has any.
 */
export function answerAllowed(res: ServerResponse, grant: Grant, spending: Spending | null, requestId: string): void {
  let identity = identities.get(grant);
  if (!identity) {
    identity = identityOf(grant);
    identities.set(grant, identity);
  }
  end(res, 200, { ...identity, ...(spending && rateOf(grant, spending)), 'x-request-id': requestId });
}

function identityOf(grant: Grant): Record<string, string> {
  const end = endOf(grant);
  return {
    'x-token-id': grant.tokenId,
    'x-token-name': encodeURIComponent(grant.tokenName),
    'x-token-scopes': grant.scopes.join(' '),
    'x-token-expires-at': end === null ? '' : new Date(end).toISOString(),
    'x-owner-id': grant.ownerId,
    'x-owner-type': 'user',
    'x-owner-email': grant.ownerEmail,
  };
}

/** What is left of a limit, in the words of draft-ietf-httpapi-ratelimit-headers: within `t` seconds no more than `r` may pass. */
function rateOf(grant: Grant, { limit, quota }: Spending): Record<string, string> {
  const policies: string[] = [];
  const left: string[] = [];
  if (grant.limit && limit) {
    policies.push(`"token";q=${grant.limit.requests};w=${grant.limit.windowSeconds}`);
    left.push(`"token";r=${limit.remaining};t=${limit.waitSeconds}`);
  }
  if (grant.quota && quota) {
    // Months differ in length: their window is left out.
    policies.push(`"quota";q=${grant.quota.requests}${grant.quota.period === 'day' ? ';w=86400' : ''}`);
    left.push(`"quota";r=${quota.remaining};t=${quota.waitSeconds}`);
  }
  return { 'ratelimit-policy': policies.join(', '), ratelimit: left.join(', ') };
}

/** 401 without an error code: nothing was shown (RFC 6750, section 3). */
export function answerUnauthenticated(res: ServerResponse): void {
  end(res, 401, { 'www-authenticate': `Bearer ${REALM}` }, { error: 'unauthorized' });
}

/** A refusal: why, as the log has it or as only the answer says it; and to what it is the answer. */
type Refusal = {
  reason: RefusalReason | 'invalid_request' | 'invalid_dpop_proof';
  wanted: string[];
  /** Whether the secret was shown with the scheme DPoP: then the challenge is one of that scheme (RFC 9449, section 7.1). */
  isDpop: boolean;
  requestId: string;
};

/**
 * 401 or 403. Whatever is wrong with a token itself, suspension included, gets one and the same answer, so that nothing can be learnt by trying;
 * the reason is in the log.
 */
export function answerRefused(res: ServerResponse, { reason, wanted, isDpop, requestId }: Refusal): void {
  const id = { 'x-request-id': requestId };
  if (reason === 'address') return end(res, 403, id, { error: 'address_not_allowed' });
  const refuse = (status: number, error: string, more = '') => {
    const challenge = isDpop ? `DPoP ${REALM}, error="${error}"${more}, ${ALGORITHMS}` : `Bearer ${REALM}, error="${error}"${more}`;
    end(res, status, { ...id, 'www-authenticate': challenge }, { error });
  };
  if (reason === 'scope') return refuse(403, 'insufficient_scope', `, scope="${scopeText(wanted)}"`);
  if (reason === 'replayed') return refuse(401, 'invalid_dpop_proof');
  refuse(401, reason === 'invalid_request' || reason === 'invalid_dpop_proof' ? reason : 'invalid_token');
}

function scopeText(wanted: string[]): string {
  return wanted
    .filter((text) => SCOPE_TEXT.test(text))
    .slice(0, SCOPES_NAMED)
    .join(' ');
}

/** 429: the token would open this, but not so often (RFC 6585, section 4). */
export function answerLimited(res: ServerResponse, grant: Grant, spending: Spending, requestId: string): void {
  // Whichever of them refused was asked last.
  const wait = (spending.quota ?? spending.limit)?.waitSeconds ?? 1;
  const headers = { ...rateOf(grant, spending), 'retry-after': String(wait), 'x-request-id': requestId };
  end(res, 429, headers, { error: 'rate_limited' });
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
