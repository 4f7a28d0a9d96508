import { createHash } from 'node:crypto';
import { type CryptoKey, compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK } from 'jose';
import { fits, type ProofAlgorithm, type PublicKey, readPublicKey } from '@/lib/jwk';

/** The request that a proof must have been made for, as its client knows it; null where nobody can say. */
export type Target = { method: string; uri: string } | null;

/** A DPoP proof (RFC 9449), taken apart: what it says, and by which key. That it says so itself proves nothing yet. */
export type Proof = {
  text: string;
  algorithm: ProofAlgorithm;
  key: PublicKey;
  method: unknown;
  uri: unknown;
  secretHash: unknown;
  /** Seconds since 1970. */
  issuedAt: number;
  /** Seconds since 1970 between which it holds by its own word; proofs need not say so. */
  from: number;
  until: number;
  id: string;
};

/** How far a proof's moment may lie from now, in milliseconds, before and after. */
export const PROOF_WINDOW = 60_000;

// A key of 4096 bits and its signature take 1,400 characters.
const LONGEST = 4096;
const LONGEST_ID = 128;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Takes a proof apart; null for what cannot be one. Costs no cryptography. */
export function readProof(texts: readonly string[]): Proof | null {
  const [text, ...others] = texts;
  if (text === undefined || others.length > 0 || text.length > LONGEST || !COMPACT.test(text)) return null;
  try {
    const { typ, alg, jwk, crit } = decodeProtectedHeader(text);
    const { htm, htu, ath, iat, jti, nbf: from = Number.NEGATIVE_INFINITY, exp: until = Number.POSITIVE_INFINITY } = decodeJwt(text);
    const read = readPublicKey(jwk);
    if (typ !== 'dpop+jwt' || crit !== undefined || 'problem' in read || !fits(read.key, alg)) return null;
    if (!isMoment(iat) || typeof from !== 'number' || typeof until !== 'number') return null;
    if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_ID) return null;
    return { text, algorithm: alg, key: read.key, method: htm, uri: htu, secretHash: ath, issuedAt: iat, from, until, id: jti };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Whether a proof was made for this request, for this secret, and at about `now` (RFC 9449, section 4.3). Pure. */
export function isMadeFor(proof: Proof, target: Target, secret: string, now: number): boolean {
  if (!target || proof.method !== target.method) return false;
  if (Math.abs(proof.issuedAt * 1000 - now) > PROOF_WINDOW || proof.from * 1000 > now || proof.until * 1000 <= now) return false;
  const uri = normalUri(proof.uri);
  return uri !== undefined && uri === normalUri(target.uri) && proof.secretHash === hashOf(secret);
}

// Imported once for each grant, which is answered many times while it is cached.
const imported = new WeakMap<PublicKey, Map<ProofAlgorithm, Promise<CryptoKey | Uint8Array>>>();

/** Whether `key` signed the proof. */
export async function isSignedBy(key: PublicKey, { text, algorithm }: Proof): Promise<boolean> {
  if (!fits(key, algorithm)) return false;
  try {
    await compactVerify(text, await importOf(key, algorithm), { algorithms: [algorithm] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

function importOf(key: PublicKey, algorithm: ProofAlgorithm): Promise<CryptoKey | Uint8Array> {
  const known = imported.get(key) ?? new Map<ProofAlgorithm, Promise<CryptoKey | Uint8Array>>();
  imported.set(key, known);
  const result = known.get(algorithm) ?? importJWK(key, algorithm);
  known.set(algorithm, result);
  return result;
}

/** `ath`: the SHA-256 of a secret in base64url. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret, 'latin1').digest('base64url');
}

const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/**
 * An http or https address in the one form that RFC 3986 (6.2.2, 6.2.3) gives to all that mean the same, without query and fragment;
 * undefined for anything else.
 */
export function normalUri(text: unknown): string | undefined {
  // What a URL parser would tidy up silently.
  if (typeof text !== 'string' || text.length > LONGEST || !/^https?:\/\/[^\s\\\p{Cc}]*$/iu.test(text) || !URL.canParse(text))
    return undefined;
  const { protocol, host, pathname, username, password } = new URL(text);
  if (username || password) return undefined;
  const path = pathname.replace(/%([0-9a-f]{2})/gi, (escaped, hex) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : escaped.toUpperCase();
  });
  return `${protocol}//${host}${path}`;
}
