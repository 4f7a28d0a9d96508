/** The token that was shown. */
export type Token = {
  /** Stays when the token is renamed or regenerated. */
  id: string;
  name: string;
  scopes: string[];
  /** Null: it does not expire. */
  expiresAt: Date | null;
};

/** Whose token it is. */
export type Owner = { id: string; type: string; email: string };

/** What is left of the token's limit and quota, as Latchkey says it: the headers of draft-ietf-httpapi-ratelimit-headers, for the client. */
export type RateLimit = {
  /** RateLimit: `"token";r=42;t=17` is 42 requests that may follow at once, and no more than that in the next 17 seconds. */
  left: string;
  /** RateLimit-Policy: `"token";q=100;w=60` is 100 requests in 60 seconds. */
  policy: string;
};

/** The request may pass. */
export type Allowed = {
  outcome: 'allowed';
  token: Token;
  owner: Owner;
  /** Under which the access is found in the audit log. */
  requestId: string | null;
  /** Null: it has neither limit nor quota, or the answer was remembered. */
  rateLimit: RateLimit | null;
  /** True: remembered from an earlier question, so Latchkey knows nothing of this request. */
  isCached: boolean;
};

/** The request may not pass, and asking again will not change that soon. */
export type Refused = {
  outcome: 'refused';
  /** 401: no or no valid credential; 403: a scope or the address; 429: too many. */
  status: 401 | 403 | 429;
  /** `invalid_token`, `invalid_request`, `insufficient_scope`, `address_not_allowed`, `unauthorized`, ... */
  error: string;
  /** The scopes that were wanted, when one of them is missing. */
  scope: string | null;
  /** Seconds, with 429. */
  retryAfter: number | null;
  /** WWW-Authenticate, for the client. */
  challenge: string | null;
  requestId: string | null;
  /** With 429. */
  rateLimit: RateLimit | null;
};

/** Nobody knows whether the request may pass, so it may not: answer 503. */
export type Unavailable = {
  outcome: 'unavailable';
  status: 503;
  error: 'unavailable';
  /** Seconds. */
  retryAfter: number;
  /** For the log of the service, not for its clients. */
  reason: string;
};

export type Verification = Allowed | Refused | Unavailable;

const RETRY_AFTER_SECONDS = 1;

/** What to answer while Latchkey cannot decide. */
export function unavailable(reason: string, retryAfter = RETRY_AFTER_SECONDS): Unavailable {
  return { outcome: 'unavailable', status: 503, error: 'unavailable', retryAfter, reason };
}

/** A credential that no HTTP request can carry, and so none of Latchkey's. */
export const MALFORMED: Refused = {
  outcome: 'refused',
  status: 401,
  error: 'invalid_token',
  scope: null,
  retryAfter: null,
  challenge: 'Bearer realm="latchkey", error="invalid_token"',
  requestId: null,
  rateLimit: null,
};

/** Understands an answer of /verify. Whatever is not certainly a pass or a refusal is `unavailable`. */
export function readAnswer({ status, headers }: Response, body: string): Verification {
  if (status === 200) return readIdentity(headers) ?? unavailable('200 without an identity: is this address Latchkey’s?');
  const retryAfter = readSeconds(headers.get('retry-after'));
  if (status === 503) return unavailable('Latchkey cannot decide', retryAfter ?? undefined);
  if (status !== 401 && status !== 403 && status !== 429) return unavailable(`unexpected answer ${status}: is this address Latchkey’s?`);
  const challenge = headers.get('www-authenticate');
  return {
    outcome: 'refused',
    status,
    error: readError(body) ?? { 401: 'unauthorized', 403: 'forbidden', 429: 'rate_limited' }[status],
    scope: /\bscope="([^"]*)"/.exec(challenge ?? '')?.[1] ?? null,
    retryAfter: status === 429 ? (retryAfter ?? RETRY_AFTER_SECONDS) : null,
    challenge,
    requestId: headers.get('x-request-id'),
    rateLimit: readRateLimit(headers),
  };
}

function readIdentity(headers: Headers): Allowed | null {
  const [tokenId, ownerId] = [headers.get('x-token-id'), headers.get('x-owner-id')];
  const expires = headers.get('x-token-expires-at');
  const expiresAt = expires ? new Date(expires) : null;
  if (!tokenId || !ownerId || expires === null || Number.isNaN(expiresAt?.getTime())) return null;
  return {
    outcome: 'allowed',
    token: {
      id: tokenId,
      name: decode(headers.get('x-token-name') ?? ''),
      scopes: (headers.get('x-token-scopes') ?? '').split(' ').filter(Boolean),
      expiresAt,
    },
    owner: { id: ownerId, type: headers.get('x-owner-type') ?? '', email: headers.get('x-owner-email') ?? '' },
    requestId: headers.get('x-request-id'),
    rateLimit: readRateLimit(headers),
    isCached: false,
  };
}

function readRateLimit(headers: Headers): RateLimit | null {
  const [left, policy] = [headers.get('ratelimit'), headers.get('ratelimit-policy')];
  return left && policy ? { left, policy } : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readError(body: string): string | null {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? error : null;
  } catch {
    return null;
  }
}

/** Retry-After: seconds or a date (RFC 9110, section 10.2.3). */
function readSeconds(text: string | null): number | null {
  if (!text) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - Date.now()) / 1000);
  return Number.isSafeInteger(seconds) ? Math.max(0, seconds) : null;
}
