import { findVerification } from '@/lib/audit/verification/queries';
import type { VerificationRow } from '@/lib/audit/verification/schema';
import { lock, transaction } from '@/lib/db';
import { newId } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';

/**
 * Asks for a verification, which the background makes (lib/boot/verification.ts), whoever stays to see it. Gives the one that waits or
 * runs already, if there is one. Refuses `not_found`.
 */
export async function requestVerification(actor: Actor): Promise<VerificationRow> {
  authorize(actor, 'audit.verify');
  return transaction(async (tx, now) => {
    await lock(tx, 'verification of the log');
    const open = await findVerification(tx, { state: { in: ['waiting', 'running'] } });
    if (open) return open;
    const id = newId(now);
    await tx.auditVerification.create({
      data: { id, kind: 'asked', state: 'waiting', userId: actor.userId, origin: actor.origin, askedAt: now },
    });
    return (await findVerification(tx, { id })) as VerificationRow;
  });
}
