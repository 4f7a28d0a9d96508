import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import type { Keys } from '@/lib/keys';

// A checkpoint is a signed note (c2sp.org/signed-note) with the text of a log's checkpoint (c2sp.org/tlog-checkpoint): origin, size and
// root, and as extension lines its own number and time.

/** What a checkpoint states. `at` is a moment by the database's clock. */
export type Checkpoint = { number: bigint; size: bigint; root: Buffer; at: Date };

/** Signs checkpoints. `verifier` is its public half. */
export type Signer = { privateKey: KeyObject; verifier: Verifier };

/** Who signs, and how that is checked. The name is also the origin of the checkpoints. */
export type Verifier = { name: string; publicKey: KeyObject /** The first bytes of a signature, that say whose it is. */; hint: Buffer };

const ED25519 = 1;
// Before the 32 bytes of an Ed25519 public key in SPKI (RFC 8410, section 4).
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const NOTE = /^([^\n]+)\n(0|[1-9]\d{0,18})\n([A-Za-z0-9+/]{43}=)\nnumber (0|[1-9]\d{0,18})\ntime (\S+)\n\n— (\S+) ([A-Za-z0-9+/=]+)\n$/;
const SIGNED = /^((?:[^\n]+\n)+)\n— (\S+) ([A-Za-z0-9+/=]+)\n$/;

/** The signer whose key derives from SECRET_KEY. */
export function signerOf({ id, checkpoint }: Pick<Keys, 'id' | 'checkpoint'>): Signer {
  return { privateKey: checkpoint, verifier: verifierOf(`latchkey-${id}`, createPublicKey(checkpoint)) };
}

function verifierOf(name: string, publicKey: KeyObject): Verifier {
  return { name, publicKey, hint: hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), encode(publicKey)]), 'buffer').subarray(0, 4) };
}

function encode(publicKey: KeyObject): Buffer {
  return Buffer.concat([Buffer.from([ED25519]), publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI.length)]);
}

/** A public key as people pass it on: `name+hint+key`, as Go's sumdb tools and others write it. */
export function formatKey({ name, publicKey, hint }: Verifier): string {
  return `${name}+${hint.toString('hex')}+${encode(publicKey).toString('base64')}`;
}

/** Reads what formatKey() wrote. Null for anything else. */
export function parseKey(text: string): Verifier | null {
  const [, name, hint, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text.trim()) ?? [];
  const key = Buffer.from(encoded ?? '', 'base64');
  if (!name || key.length !== 33 || key[0] !== ED25519) return null;
  const verifier = verifierOf(name, createPublicKey({ key: Buffer.concat([SPKI, key.subarray(1)]), format: 'der', type: 'spki' }));
  return verifier.hint.toString('hex') === hint ? verifier : null;
}

/** The note that states this checkpoint. */
export function signNote({ number, size, root, at }: Checkpoint, signer: Signer): string {
  const { name } = signer.verifier;
  return signText(`${name}\n${size}\n${root.toString('base64')}\nnumber ${number}\ntime ${at.toISOString()}\n`, signer);
}

/** A text (whole lines, none of them empty) as a signed note. */
export function signText(text: string, { privateKey, verifier: { name, hint } }: Signer): string {
  const signature = Buffer.concat([hint, sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

/** The text of a note that this key signed. Null for any other. */
export function signedText(note: string, { name, publicKey, hint }: Verifier): string | null {
  const [, text, signer, encoded] = SIGNED.exec(note) ?? [];
  if (text === undefined || signer !== name || encoded === undefined) return null;
  const signature = Buffer.from(encoded, 'base64');
  if (signature.toString('base64') !== encoded || !signature.subarray(0, 4).equals(hint)) return null;
  return verify(null, Buffer.from(text), publicKey, signature.subarray(4)) ? text : null;
}

/** What a note states, whoever signed it. Null when it is none. */
export function readNote(note: string): Checkpoint | null {
  const [, , size, root, number, time] = NOTE.exec(note) ?? [];
  if (size === undefined || root === undefined || number === undefined || time === undefined) return null;
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || at.toISOString() !== time) return null;
  return { number: BigInt(number), size: BigInt(size), root: Buffer.from(root, 'base64'), at };
}

/** Whether that note is a checkpoint which this key signed. */
export function isSignedBy(note: string, verifier: Verifier): boolean {
  return NOTE.exec(note)?.[1] === verifier.name && signedText(note, verifier) !== null;
}

/** The notes in a file that they were added to, one after the other. What is between them is left out. */
export function splitNotes(text: string): string[] {
  return text.replaceAll('\r\n', '\n').match(/[^\n]+\n\d+\n[^\n]+\n(?:[^\n]+\n)*\n— [^\n]+\n/g) ?? [];
}
