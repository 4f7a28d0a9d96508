import { randomBytes } from 'node:crypto';
import { hmac, sameText } from '@/lib/keys';
import { runtime } from '@/lib/runtime';

/** How long a browser stays known to the accounts that signed in with it, in seconds. */
export const DEVICE_AGE = 90 * 86_400;
// So many people can share a browser and all stay known to it.
const ACCOUNTS = 5;

/**
 * A device cookie is `id.signature.signature…`, one signature for each account that has signed in with this browser, newest first.
 * It proves nothing but that: the throttle then counts the browser apart from its address, so that strangers there cannot lock it out.
 */
export function deviceOf(cookie: string | undefined, account: Buffer): string | undefined {
  const { id, signatures } = read(cookie);
  return id && signatures.some((given) => sameText(given, signature(id, account))) ? id : undefined;
}

/** The cookie's new value once `account` has signed in with this browser. */
export function rememberDevice(cookie: string | undefined, account: Buffer): string {
  const known = read(cookie);
  const id = known.id ?? randomBytes(16).toString('base64url');
  const own = signature(id, account);
  return [id, own, ...known.signatures.filter((other) => other !== own)].slice(0, ACCOUNTS + 1).join('.');
}

function read(cookie: string | undefined): { id?: string; signatures: string[] } {
  if (!cookie || !/^[\w-]{22}(\.[\w-]{22}){1,5}$/.test(cookie)) return { signatures: [] };
  const [id, ...signatures] = cookie.split('.');
  return { id, signatures };
}

function signature(id: string, account: Buffer): string {
  return hmac(runtime().keys.link, `device ${id} ${account.toString('hex')}`)
    .toString('base64url')
    .slice(0, 22);
}
