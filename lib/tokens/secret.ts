import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { hmac, type Keys } from '@/lib/keys';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 40;
const CHECKSUM_LENGTH = 6;
// The largest multiple of 62 in a byte: bytes from here on would favour the first characters.
const UNBIASED = 248;

/** A secret's stored form: HMAC-SHA-256 under the key derived from SECRET_KEY, and that key's id. */
export type SecretDigest = { digest: Buffer<ArrayBuffer>; keyId: string };

/** Draws a new secret: `prefix_`, 40 characters of base62 (238 bits), 6 of checksum. */
export function drawSecret(prefix: string): string {
  let body = `${prefix}_`;
  while (body.length < prefix.length + 1 + RANDOM_LENGTH) {
    for (const byte of randomBytes(RANDOM_LENGTH)) {
      if (byte < UNBIASED && body.length < prefix.length + 1 + RANDOM_LENGTH) body += BASE62[byte % 62];
    }
  }
  return body + checksum(body);
}

/** Whether `text` is a secret of this format with a right checksum. Touches no store: most mistakes end here. */
export function isWellFormed(text: string, prefix: string): boolean {
  if (text.length !== prefix.length + 1 + RANDOM_LENGTH + CHECKSUM_LENGTH || !text.startsWith(`${prefix}_`)) return false;
  if (!/^[0-9A-Za-z]+$/.test(text.slice(prefix.length + 1))) return false;
  return checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);
}

/** What is stored and looked up instead of the secret. */
export function digestSecret(secret: string, keys: Pick<Keys, 'digest' | 'id'>): SecretDigest {
  return { digest: hmac(keys.digest, secret), keyId: keys.id };
}

/** What people recognise a secret by: its prefix and last four characters. */
export function hintOf(secret: string, prefix: string): string {
  return `${prefix}_…${secret.slice(-4)}`;
}

/** CRC-32 (zlib's) of `text` in base62, most significant digit first, 6 characters. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
