import { hashPassword } from '@/lib/auth/passwords';
import { checkSession, openSession } from '@/lib/auth/sessions';
import { db, transaction } from '@/lib/db';
import type { AppError, ErrorCode } from '@/lib/errors';
import type { Actor, Origin, Role } from '@/lib/permissions/permissions';
import { createActor } from '@/lib/testing/database';

export const PASSWORD = 'sieve-otter-plum-71';

/** Where nobody in particular is. */
export const nowhere: Origin = { ip: '198.51.100.7', userAgent: 'vitest', requestId: 'request-0001' };

/** A user who has set PASSWORD, as the actor of a session that exists. */
export async function createPerson(role: Role = 'member', fields: { email?: string; name?: string } = {}): Promise<Actor> {
  const { userId } = await createActor(role, fields);
  await db().user.update({ where: { id: userId }, data: { passwordHash: await hashPassword(PASSWORD) } });
  return signedIn(userId);
}

/** Another session of this user. */
export async function signedIn(userId: string): Promise<Actor> {
  const sessionId = await transaction((tx, now) => openSession(tx, now, userId, nowhere));
  const actor = await checkSession(sessionId, nowhere);
  if (!actor) throw new Error('the session was not opened');
  return actor;
}

/** The code with which `work` was refused, or 'ok'. */
export async function outcomeOf(work: Promise<unknown>): Promise<ErrorCode | 'ok'> {
  return work.then(
    () => 'ok' as const,
    (error: AppError) => {
      if (error.name !== 'AppError') throw error;
      return error.code;
    },
  );
}

/** The events of a kind, oldest first. */
export function eventsOf(event: string) {
  return db().auditEvent.findMany({ where: { event }, orderBy: { id: 'asc' } });
}
