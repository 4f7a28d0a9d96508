/** A public key that a token can be bound to: a JWK (RFC 7517) with its required members and no others, as its thumbprint reads it. */
export type PublicKey =
  | { kty: 'EC'; crv: 'P-256'; x: string; y: string }
  | { kty: 'OKP'; crv: 'Ed25519'; x: string }
  | { kty: 'RSA'; n: string; e: string };

/** What can be wrong with a JWK; also names of the rules by which forms speak of it. */
export type KeyProblem = 'key_private' | 'key_symmetric' | 'key_unsupported' | 'key_weak' | 'key_invalid';

/** What proofs may be signed with: asymmetric only. EdDSA is the older name of Ed25519 (RFC 9864). */
export const proofAlgorithms = ['ES256', 'Ed25519', 'EdDSA', 'RS256', 'PS256'] as const;

export type ProofAlgorithm = (typeof proofAlgorithms)[number];

const ALGORITHMS: Record<PublicKey['kty'], readonly ProofAlgorithm[]> = {
  EC: ['ES256'],
  OKP: ['Ed25519', 'EdDSA'],
  RSA: ['RS256', 'PS256'],
};

// RFC 7518, section 6: what only the key's owner may have.
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];

// 32 bytes in base64url, the unused bits of the last character zero: each number has one text only, and each key one thumbprint.
const BYTES_32 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const LEAST_RSA_BITS = 2048;
const MOST_RSA_BITS = 4096;
// 65537. With other exponents keys are weak (3) or slow to check (large ones).
const RSA_EXPONENT = 'AQAB';

/** Reads a public key, and leaves out what is not needed of it; or says what is wrong. Whether its numbers are a point on its curve is not looked at. */
export function readPublicKey(jwk: unknown): { key: PublicKey } | { problem: KeyProblem } {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return { problem: 'key_invalid' };
  const { kty, crv, x, y, n, e, k } = jwk as Record<string, unknown>;
  if (kty === 'oct' || k !== undefined) return { problem: 'key_symmetric' };
  if (PRIVATE.some((member) => Object.hasOwn(jwk, member))) return { problem: 'key_private' };
  if (typeof kty !== 'string') return { problem: 'key_invalid' };
  if (kty === 'EC' && crv === 'P-256') return isNumber(x) && isNumber(y) ? { key: { kty, crv, x, y } } : { problem: 'key_invalid' };
  if (kty === 'OKP' && crv === 'Ed25519') {
    if (!isNumber(x)) return { problem: 'key_invalid' };
    return isSmallOrder(x) ? { problem: 'key_weak' } : { key: { kty, crv, x } };
  }
  if (kty !== 'RSA') return { problem: 'key_unsupported' };
  if (typeof n !== 'string' || typeof e !== 'string') return { problem: 'key_invalid' };
  const bits = bitsOf(n);
  if (bits === undefined) return { problem: 'key_invalid' };
  if (bits > MOST_RSA_BITS) return { problem: 'key_unsupported' };
  return bits < LEAST_RSA_BITS || e !== RSA_EXPONENT ? { problem: 'key_weak' } : { key: { kty, n, e } };
}

/** Whether they are one key: then they have one thumbprint too (RFC 7638), since each key can be written in one way only. */
export function isSameKey(one: PublicKey, other: PublicKey): boolean {
  if (one.kty === 'EC') return other.kty === 'EC' && one.x === other.x && one.y === other.y;
  if (one.kty === 'OKP') return other.kty === 'OKP' && one.x === other.x;
  return other.kty === 'RSA' && one.n === other.n && one.e === other.e;
}

/** Whether signatures by `algorithm` can be made with this kind of key. */
export function fits(key: PublicKey, algorithm: unknown): algorithm is ProofAlgorithm {
  return ALGORITHMS[key.kty].includes(algorithm as ProofAlgorithm);
}

function isNumber(text: unknown): text is string {
  return typeof text === 'string' && BYTES_32.test(text);
}

/** The length of a number in base64url without leading zeros; undefined when it is not written so. */
function bitsOf(text: string): number | undefined {
  if (!BASE64URL.test(text) || text.length > 2000) return undefined;
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const isShortest = btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') === text;
    const first = bytes.charCodeAt(0);
    return isShortest && first > 0 ? (bytes.length - 1) * 8 + 32 - Math.clz32(first) : undefined;
  } catch {
    return undefined;
  }
}

// The points of order 1, 2, 4 and 8 on Ed25519 in all their encodings, without the sign's bit: signatures that hold for any text
// can be made for them by anybody.
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function isSmallOrder(x: string): boolean {
  const bytes = [...atob(x.replaceAll('-', '+').replaceAll('_', '/'))].map((byte) => byte.charCodeAt(0));
  bytes[31] = (bytes[31] as number) & 0x7f;
  return SMALL_ORDER.has(bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(''));
}
