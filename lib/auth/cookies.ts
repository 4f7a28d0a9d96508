import { cookies } from 'next/headers';
import { decode, encode } from 'next-auth/jwt';
import { DEVICE_AGE } from '@/lib/auth/device';
import { ABSOLUTE_LIMIT } from '@/lib/auth/sessions';
import { uuid } from '@/lib/id';
import { runtime } from '@/lib/runtime';

/** How long the session cookie lives, in seconds: as long as the longest session. Its row decides before. */
export const SESSION_AGE = ABSOLUTE_LIMIT / 1000;

/** The console's cookies. On https they are bound to this very host (`__Host-`), so that a sibling domain cannot plant one. */
export function cookieNames() {
  const prefix = isSecure() ? '__Host-' : '';
  return { session: `${prefix}latchkey.session`, csrf: `${prefix}latchkey.csrf`, device: `${prefix}latchkey.device` };
}

/** What all of them have in common. */
export function cookieOptions() {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure() } as const;
}

/** The id of the session that this browser's cookie names, or null. Says nothing about whether the session is still good. */
export async function readSessionId(): Promise<string | null> {
  const token = (await cookies()).get(cookieNames().session)?.value;
  // Made by next-auth at sign-in; anything else (another key, another era, tampering) is no cookie at all.
  const claims = await decode({ token, secret: runtime().keys.session }).catch(() => null);
  const sessionId = uuid.safeParse(claims?.sessionId);
  return sessionId.success ? sessionId.data : null;
}

/** A preference that this browser keeps (components/ui/preference.ts). */
export async function readPreference(name: string): Promise<string | undefined> {
  return (await cookies()).get(`${isSecure() ? '__Host-' : ''}${name}`)?.value;
}

/** Points this browser's cookie to another session: for actions that end the one it had. */
export async function writeSessionId(sessionId: string): Promise<void> {
  const value = await encode({ token: { sessionId }, secret: runtime().keys.session, maxAge: SESSION_AGE });
  (await cookies()).set(cookieNames().session, value, { ...cookieOptions(), maxAge: SESSION_AGE });
}

/** The device cookie of this browser, if it has one. */
export async function readDevice(): Promise<string | undefined> {
  return (await cookies()).get(cookieNames().device)?.value;
}

/** How the device cookie is kept. */
export function deviceCookie(value: string) {
  return { name: cookieNames().device, value, ...cookieOptions(), maxAge: DEVICE_AGE };
}

function isSecure(): boolean {
  return runtime().env.baseUrl.startsWith('https:');
}
