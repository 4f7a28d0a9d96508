import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import type { Changes } from '@/lib/audit/schema';
import { refuseCommonPassword } from '@/lib/auth/common-passwords';
import { hashPassword, verifyPassword } from '@/lib/auth/passwords';
import { openSession } from '@/lib/auth/sessions';
import { accountOf, releaseAttempt, reserveAttempt } from '@/lib/auth/throttle';
import { db, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';
import type { changePasswordInput, updateProfileInput } from '@/lib/profile/schema';

/** Changes the actor's own name, time zone, theme or language; what is left out stays. */
export async function updateProfile(actor: Actor, input: z.infer<typeof updateProfileInput>): Promise<void> {
  await transaction(async (tx, now) => {
    await tx.$executeRaw`SELECT 1 FROM "user" WHERE "id" = ${actor.userId}::uuid FOR UPDATE`;
    const before = await tx.user.findUniqueOrThrow({
      where: { id: actor.userId },
      select: { name: true, timeZone: true, theme: true, locale: true },
    });
    const changes: Changes = {};
    for (const field of ['name', 'timeZone', 'theme', 'locale'] as const) {
      const after = input[field];
      if (after !== undefined && after !== before[field]) changes[field] = [before[field], after];
    }
    if (Object.keys(changes).length === 0) return;
    await tx.user.update({ where: { id: actor.userId }, data: input, select: { id: true } });
    await record(tx, now, actor, { event: 'user.updated', changes });
  });
}

/**
 * Changes the actor's own password and ends all their sessions; gives the id of a new one for the browser that asked, so that a
 * copied cookie of it dies too. Refuses `wrong_password` (at most 10 times in 15 minutes, then `too_many_attempts`), `password_common`.
 */
export async function changePassword(actor: Actor, input: z.infer<typeof changePasswordInput>): Promise<{ sessionId: string }> {
  await refuseCommonPassword(input.newPassword, [actor.name, actor.email], 'newPassword');
  const attempt = await reserveAttempt({ account: accountOf(`password of ${actor.userId}`), source: `user:${actor.userId}`, known: true });
  const { passwordHash } = await db().user.findUniqueOrThrow({ where: { id: actor.userId }, select: { passwordHash: true } });
  if (!(await verifyPassword(input.currentPassword, passwordHash))) throw new AppError('wrong_password', { field: 'currentPassword' });
  const next = await hashPassword(input.newPassword);
  return transaction(async (tx, now) => {
    // Compared and set at once: of two changes only one finds the password that it was allowed to replace.
    const { count } = await tx.user.updateMany({
      where: { id: actor.userId, passwordHash, disabledAt: null },
      data: { passwordHash: next },
    });
    if (count !== 1) throw new AppError('changed_meanwhile');
    const { count: asking } = await tx.session.deleteMany({ where: { id: actor.sessionId } });
    if (asking !== 1) throw new AppError('not_signed_in');
    await tx.session.deleteMany({ where: { userId: actor.userId } });
    await tx.passwordLink.deleteMany({ where: { userId: actor.userId } });
    await releaseAttempt(tx, attempt);
    await record(tx, now, actor, { event: 'user.password_changed' });
    return { sessionId: await openSession(tx, now, actor.userId, actor.origin) };
  });
}

/** Ends every session of the actor but the one that asks. Gives how many. */
export async function endOtherSessions(actor: Actor): Promise<{ ended: number }> {
  return transaction(async (tx, now) => {
    const { count } = await tx.session.deleteMany({ where: { userId: actor.userId, id: { not: actor.sessionId } } });
    await record(tx, now, actor, { event: 'user.sessions_ended', changes: { sessions: [count + 1, 1] } });
    return { ended: count };
  });
}
