import 'server-only';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { readSessionId } from '@/lib/auth/cookies';
import { requestOrigin } from '@/lib/auth/origin';
import { checkSession } from '@/lib/auth/sessions';
import { AppError } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';

/** The signed-in person behind this request, or null. The session's row is read once a request, whoever asks. */
export const currentActor = cache(async (): Promise<Actor | null> => {
  // Not next-auth's getServerSession: it writes the token anew at every look, and takes a malformed cookie for a fault of the server.
  const sessionId = await readSessionId();
  return sessionId ? checkSession(sessionId, await requestOrigin()) : null;
});

/** The signed-in person. Refuses `not_signed_in`: for actions and endpoints. */
export async function requireActor(): Promise<Actor> {
  const actor = await currentActor();
  if (!actor) throw new AppError('not_signed_in');
  return actor;
}

/** The signed-in person, or the way to the sign-in page and back to `path`: for pages. */
export async function pageActor(path: string): Promise<Actor> {
  return (await currentActor()) ?? redirect(`/login?callbackUrl=${encodeURIComponent(path)}`);
}
