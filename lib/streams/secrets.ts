import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** What a webhook keeps secret. Its address too: people put keys into paths. */
export type WebhookSecret = { url: string; signingKey: string };

const NONCE = 12;
const TAG = 16;

/** A new signing key as the Standard Webhooks scheme writes it: 32 random bytes. */
export function newSigningKey(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Encrypts with AES-256-GCM for the stream `id` alone: nonce, ciphertext, tag. */
export function sealSecret(key: KeyObject, id: string, secret: WebhookSecret): Buffer<ArrayBuffer> {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
  return Buffer.concat([nonce, cipher.update(JSON.stringify(secret), 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts it. Throws when it was made for another stream, by another key, or changed. */
export function openSecret(key: KeyObject, id: string, sealed: Uint8Array): WebhookSecret {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(-TAG));
  const text = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
  return JSON.parse(text);
}
