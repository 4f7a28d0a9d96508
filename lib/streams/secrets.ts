import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** What a webhook keeps secret. Its address too: people put keys into paths. */
export type WebhookSecret = {
  url: string;
  signingKey: string;
  /** Keys from before it that still sign along, each until a moment (ISO 8601); the latest first. */
  oldKeys?: { signingKey: string; until: string }[];
};

// Each adds to every request. Who rotates more often than this in a week has no use for the first ones.
const MOST_OLD_KEYS = 3;

const NONCE = 12;
const TAG = 16;

/** A new signing key as the Standard Webhooks scheme writes it: 32 random bytes. */
export function newSigningKey(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The same with a new key: the present one signs along until then, with those that still do; or none does. */
export function rotated({ url, signingKey, oldKeys = [] }: WebhookSecret, until: Date | null, now: Date): WebhookSecret {
  const others = oldKeys.filter((old) => Date.parse(old.until) > now.getTime());
  const kept = until ? [{ signingKey, until: until.toISOString() }, ...others].slice(0, MOST_OLD_KEYS) : [];
  return { url, signingKey: newSigningKey(), oldKeys: kept };
}

/** The keys that sign at that moment, the present one first. */
export function signingKeysOf({ signingKey, oldKeys = [] }: WebhookSecret, now: number): string[] {
  return [signingKey, ...oldKeys.filter(({ until }) => now < Date.parse(until)).map((old) => old.signingKey)];
}

/** Up to when an old key signs along; null when none does. */
export function oldKeyUntil({ oldKeys = [] }: WebhookSecret, now: Date): string | null {
  const ends = oldKeys.map(({ until }) => until).filter((until) => Date.parse(until) > now.getTime());
  return ends.toSorted().at(-1) ?? null;
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
