/** Headers of a request: a `Headers`, pairs, or an object as of `node:http`. */
export type HeaderSource = Iterable<readonly [string, string]> | Record<string, string | readonly string[] | undefined>;

/** What is asked: a credential, and what it is wanted for. */
export type Question = {
  /** Scopes that are wanted, all of them. */
  scopes?: readonly string[];
  /** The client’s address. Latchkey believes it if this service is one of its TRUSTED_PROXIES. */
  ip?: string;
  /** What the client asked for, for the audit log; under the same condition. */
  method?: string;
  /** How the client spoke to this service: http or https. A proof (DPoP) is for a whole address. */
  proto?: string;
  host?: string;
  /** Its query is not sent. */
  uri?: string;
} & ({ secret: string; headers?: undefined } | { headers: HeaderSource; secret?: undefined });

const SCOPE = /^[a-z0-9._:-]{1,64}$/;
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LONGEST_CREDENTIAL = 8192;
const LONGEST_TEXT = 2048;

/** The headers to ask with; null when the credential is one that HTTP cannot carry. Throws a TypeError for a scope that cannot exist. */
export function headersOf(question: Question): Record<string, string> | null {
  const { scopes = [], ip, method, proto, host, uri } = question;
  for (const scope of scopes) if (!SCOPE.test(scope)) throw new TypeError(`not a scope: ${JSON.stringify(scope)}`);
  const credentials = credentialsOf(question);
  for (const value of Object.values(credentials)) if (!SENDABLE.test(value) || value.length > LONGEST_CREDENTIAL) return null;
  const told = {
    'user-agent': userAgentOf(question),
    'x-forwarded-for': ip,
    'x-forwarded-method': method,
    'x-forwarded-proto': proto,
    'x-forwarded-host': host,
    'x-forwarded-uri': uri?.split(/[?#]/)[0],
  };
  const result: Record<string, string> = { ...credentials };
  for (const [name, value] of Object.entries(told)) if (value) result[name] = value.slice(0, LONGEST_TEXT).replace(/[^\x20-\x7e]/g, '_');
  if (scopes.length > 0) result['x-required-scope'] = scopes.join(' ');
  return result;
}

/**
 * Two credentials of different names, which /verify refuses as `invalid_request`. It does so with a repeated header too, but fetch would
 * join that into one, which reads as one wrong credential.
 */
const REPEATED = { 'x-api-key': 'repeated', authorization: 'Bearer repeated' };

/** The credential as it was shown. Two of them are shown as two: Latchkey refuses that, and this client does not choose. */
function credentialsOf({ secret, headers }: Question): Record<string, string> {
  if (secret !== undefined) return { 'x-api-key': secret };
  const keys: string[] = [];
  const authorizations: string[] = [];
  const proofs: string[] = [];
  for (const [name, value] of pairsOf(headers)) {
    if (/^x-api-key$/i.test(name)) keys.push(value);
    else if (/^authorization$/i.test(name)) authorizations.push(value);
    else if (/^dpop$/i.test(name)) proofs.push(value);
  }
  const [key] = keys;
  // Other schemes are none of Latchkey's business.
  const authorization = authorizations.find((value) => /(^|,)\s*(bearer|dpop)\b/i.test(value));
  // A `Headers` has joined what was repeated, and no credential has a comma.
  if (keys.length > 1 || authorizations.length > 1 || key?.includes(',') || authorization?.includes(',')) return REPEATED;
  return {
    ...(key !== undefined && { 'x-api-key': key }),
    ...(authorization !== undefined && { authorization }),
    // Two of them become none that Latchkey takes for a proof.
    ...(/^\s*dpop\b/i.test(authorization ?? '') && proofs.length > 0 && { dpop: proofs.join(', ') }),
  };
}

function userAgentOf({ headers }: Question): string | undefined {
  for (const [name, value] of pairsOf(headers ?? {})) if (name.toLowerCase() === 'user-agent') return value;
  return undefined;
}

function* pairsOf(headers: HeaderSource): Iterable<readonly [string, string]> {
  if (isIterable(headers)) return yield* headers;
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values ?? []].flat()) yield [name, value];
  }
}

function isIterable(headers: HeaderSource): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}
