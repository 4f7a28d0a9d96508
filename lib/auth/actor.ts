import 'server-only';
import { redirect } from 'next/navigation';
import { getServerSession } from 'next-auth';
import { cache } from 'react';
import { authOptions } from '@/lib/auth/options';
import { requestOrigin } from '@/lib/auth/origin';
import { checkSession } from '@/lib/auth/sessions';
import { AppError } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';

/** The signed-in person behind this request, or null. The session's row is read once a request, whoever asks. */
export const currentActor = cache(async (): Promise<Actor | null> => {
  const session = await getServerSession(authOptions());
  if (!session?.sessionId) return null;
  return checkSession(session.sessionId, await requestOrigin());
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
