import type { ActionError } from '@/lib/action';
import type { RuleName } from '@/lib/errors';
import { type PublicKey, readPublicKey } from '@/lib/jwk';

/** A key that was made in this browser. Its private half is in the dialog's state, in whatever the person saves, and nowhere else. */
export type MadeKey = { publicKey: PublicKey; privateText: string; thumbprint: string };

/** What a form says about the key to bind a token to. */
export type KeyChoice = { way: 'none' } | { way: 'make'; made: MadeKey | null; saved: boolean } | { way: 'paste'; text: string };

/** Makes a P-256 key, which can be saved once. */
export async function makeKey(): Promise<MadeKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const { x = '', y = '', d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const publicKey = { kty: 'EC', crv: 'P-256', x, y } as const;
  const privateText = `${JSON.stringify({ ...publicKey, d, alg: 'ES256' }, null, 2)}\n`;
  // RFC 7638: the required members in the order of their names.
  const canonical = new TextEncoder().encode(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }));
  const digest = String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', canonical)));
  return { publicKey, privateText, thumbprint: btoa(digest).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') };
}

/** The public key that was chosen, or the refusal that it deserves here: what may be private is never sent to find out. */
export function readKey(choice: KeyChoice): { value: PublicKey | undefined } | { error: ActionError } {
  if (choice.way === 'none') return { value: undefined };
  if (choice.way === 'paste') return readPasted(choice.text);
  if (!choice.made) return refuse('required');
  return choice.saved ? { value: choice.made.publicKey } : refuse('key_unsaved');
}

function readPasted(text: string): ReturnType<typeof readKey> {
  if (text.trim() === '') return refuse('required');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return refuse('key_private');
  try {
    const read = readPublicKey(JSON.parse(text));
    return 'key' in read ? { value: read.key } : refuse(read.problem);
  } catch {
    return refuse('key_not_json');
  }
}

function refuse(rule: RuleName): { error: ActionError } {
  return { error: { code: 'invalid_input', field: 'publicKey', rule } };
}
