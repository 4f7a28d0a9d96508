import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { type Tx, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';
import { lockToken } from '@/lib/tokens/lock';
import type { resumeTokenInput, suspendTokenInput } from '@/lib/tokens/schema';

/** Stops a token until somebody resumes it, and says why: refused from the commit on. Refuses `changed_meanwhile` for one that is suspended. */
export async function suspendToken(actor: Actor, { id, reason }: z.infer<typeof suspendTokenInput>): Promise<void> {
  await transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, id);
    // Whoever suspends it a second time has not seen the first reason, which must not be lost.
    if (token.suspendedAt) throw new AppError('changed_meanwhile');
    await suspend(tx, now, actor, token, reason);
  });
}

/**
 * The same by the system, in a transaction of somebody else’s, for what happened at `cause`; false, and nothing changed, for a token that is deleted
 * or suspended already, or that somebody resumed since.
 */
export async function suspendBySystem(tx: Tx, now: Date, id: string, reason: string, cause: Date): Promise<boolean> {
  await tx.$executeRaw`SELECT 1 FROM "token" WHERE "id" = ${id}::uuid FOR UPDATE`;
  const token = await tx.token.findUnique({
    where: { id, deletedAt: null, suspendedAt: null, OR: [{ resumedAt: null }, { resumedAt: { lt: cause } }] },
    select: { id: true, ownerId: true },
  });
  if (token) await suspend(tx, now, 'system', token, reason);
  return token !== null;
}

async function suspend(tx: Tx, now: Date, by: Actor | 'system', token: { id: string; ownerId: string }, reason: string): Promise<void> {
  await tx.token.update({
    where: { id: token.id },
    data: { suspendedAt: now, suspendedReason: reason, suspendedById: by === 'system' ? null : by.userId },
    select: { id: true },
  });
  await record(tx, now, by, {
    event: 'token.suspended',
    tokenId: token.id,
    subjectId: token.ownerId,
    changes: { suspendedReason: [null, reason] },
  });
}

/**
 * Lets a suspended token be used again, as far as it has not expired. Refuses `changed_meanwhile` for one that is not suspended,
 * `suspended_by_admin` to its owner when an administrator or the system suspended it.
 */
export async function resumeToken(actor: Actor, { id }: z.infer<typeof resumeTokenInput>): Promise<void> {
  await transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, id);
    if (!token.suspendedAt) throw new AppError('changed_meanwhile');
    if (token.suspendedById !== token.ownerId && actor.role !== 'admin') throw new AppError('suspended_by_admin');
    await tx.token.update({
      where: { id: token.id },
      data: { suspendedAt: null, suspendedReason: null, suspendedById: null, resumedAt: now },
      select: { id: true },
    });
    await record(tx, now, actor, {
      event: 'token.resumed',
      tokenId: token.id,
      subjectId: token.ownerId,
      changes: { suspendedReason: [token.suspendedReason, null] },
    });
  });
}
