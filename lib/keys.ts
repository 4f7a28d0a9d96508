import { createHash, createHmac, createPrivateKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** Everything that is derived from SECRET_KEY (HKDF-SHA-256, RFC 5869); one purpose a key. */
export type Keys = {
  /** Names the SECRET_KEY without telling it: 16 hex digits. */
  id: string;
  /** HMAC key of token digests. */
  digest: KeyObject;
  /** Secret of next-auth's session cookie. */
  session: string;
  /** HMAC key of one-time links, throttle accounts and device cookies. */
  link: KeyObject;
  /** By what Next's own calls of this server are known, whichever process they reach. */
  self: string;
  /** What the setup page asks for while nobody has an account. The same on every instance and after a restart. */
  setupCode: string;
  /** Private Ed25519 key that signs the log's checkpoints. */
  checkpoint: KeyObject;
  /** AES-256 key of what streams keep secret: signing keys and addresses of webhooks. */
  stream: KeyObject;
};

// Before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7).
const ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Derives the keys from the raw SECRET_KEY (at least 32 bytes). */
export function deriveKeys(secretKey: Buffer): Keys {
  const derive = (info: string, bytes = 32) => Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey ${info}`, bytes));
  return {
    id: derive('key id', 8).toString('hex'),
    digest: createSecretKey(derive('token digest')),
    session: derive('session cookie').toString('base64url'),
    link: createSecretKey(derive('one-time link')),
    self: derive('own calls').toString('base64url'),
    setupCode: derive('setup code', 20).toString('base64url'),
    checkpoint: createPrivateKey({ key: Buffer.concat([ED25519, derive('audit checkpoint')]), format: 'der', type: 'pkcs8' }),
    stream: createSecretKey(derive('stream secret')),
  };
}

/** HMAC-SHA-256 of `text` under `key`: 32 bytes. */
export function hmac(key: KeyObject, text: string): Buffer<ArrayBuffer> {
  return createHmac('sha256', key).update(text, 'utf8').digest() as Buffer<ArrayBuffer>;
}

/** Whether two texts are the same, in time that does not depend on where they differ. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();
  return digest(a).equals(digest(b));
}
