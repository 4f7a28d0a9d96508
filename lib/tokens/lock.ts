import { databaseNow, type Tx } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { type Actor, authorize } from '@/lib/permissions/permissions';

/**
 * Takes the row lock that every change of a token holds, so that two changes never interleave, and gives the token as it is then, with
 * the database's clock: read while the lock is held, so that a change that waited for another is dated after it.
 * Refuses `not_found`, also for a deleted one, and `forbidden` to whoever may only see it.
 */
export async function lockToken(tx: Tx, actor: Actor, id: string) {
  await tx.$executeRaw`SELECT 1 FROM "token" WHERE "id" = ${id}::uuid FOR UPDATE`;
  const now = await databaseNow(tx);
  const token = await tx.token.findUnique({
    where: { id, deletedAt: null },
    select: {
      id: true,
      ownerId: true,
      name: true,
      scopes: true,
      ipAllowList: true,
      limitRequests: true,
      limitWindowSeconds: true,
      quotaRequests: true,
      quotaPeriod: true,
      boundThumbprint: true,
      hint: true,
      generation: true,
      expiresAt: true,
      suspendedAt: true,
      suspendedReason: true,
      suspendedById: true,
    },
  });
  if (!token) throw new AppError('not_found');
  authorize(actor, 'token.write', token.ownerId);
  return { token, now };
}
