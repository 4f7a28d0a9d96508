import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { lock, transaction } from '@/lib/db';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { limitOfPolicy, longestGraceHours, POLICY_ID, readRetention } from '@/lib/policy/queries';
import type { changeLongestGraceInput, changePolicyInput, Retention } from '@/lib/policy/schema';

/** Changes what holds for everybody's tokens: on every instance from the commit on. Refuses who is no administrator. */
export async function changePolicy(actor: Actor, { defaultLimit }: z.infer<typeof changePolicyInput>): Promise<void> {
  authorize(actor, 'policy.write');
  await transaction(async (tx, now) => {
    await lock(tx, 'policy');
    const before = limitOfPolicy(
      await tx.policy.findUniqueOrThrow({
        where: { id: POLICY_ID },
        select: { defaultLimitRequests: true, defaultLimitWindowSeconds: true },
      }),
    );
    const columns = {
      defaultLimitRequests: defaultLimit?.requests ?? null,
      defaultLimitWindowSeconds: defaultLimit?.windowSeconds ?? null,
    };
    if (before?.requests === defaultLimit?.requests && before?.windowSeconds === defaultLimit?.windowSeconds) return;
    await tx.policy.update({ where: { id: POLICY_ID }, data: columns, select: { id: true } });
    await record(tx, now, actor, {
      event: 'policy.changed',
      changes: {
        defaultLimitRequests: [before?.requests ?? null, columns.defaultLimitRequests],
        defaultLimitWindowSeconds: [before?.windowSeconds ?? null, columns.defaultLimitWindowSeconds],
      },
    });
  });
}

/**
 * Changes how long a replaced value may go on working at most. It holds for every decision from the commit on; what was granted before
 * ends when it was to end. Refuses who is no administrator.
 */
export async function changeLongestGrace(actor: Actor, input: z.infer<typeof changeLongestGraceInput>): Promise<void> {
  authorize(actor, 'policy.write');
  await transaction(async (tx, now) => {
    await lock(tx, 'policy');
    const before = await longestGraceHours(tx);
    if (before === input.longestGraceHours) return;
    await tx.policy.update({ where: { id: POLICY_ID }, data: input, select: { id: true } });
    await record(tx, now, actor, { event: 'policy.changed', changes: { longestGraceHours: [before, input.longestGraceHours] } });
  });
}

/**
 * Changes how long the log is kept. Nothing is taken out for a day from then on, so that a mistake can be taken back; what the log holds is never
 * changed here (lib/audit/ledger/retention). Refuses who is no administrator.
 */
export async function changeRetention(actor: Actor, { accesses, operations }: Retention): Promise<void> {
  authorize(actor, 'policy.write');
  await transaction(async (tx, now) => {
    await lock(tx, 'policy');
    const before = await readRetention(tx);
    if (before.accesses === accesses && before.operations === operations) return;
    const data = { keepAccessesMonths: accesses, keepOperationsMonths: operations, retentionChangedAt: now };
    await tx.policy.update({ where: { id: POLICY_ID }, data, select: { id: true } });
    await record(tx, now, actor, {
      event: 'policy.changed',
      changes: {
        ...(before.accesses !== accesses && { keepAccessesMonths: [before.accesses, accesses] }),
        ...(before.operations !== operations && { keepOperationsMonths: [before.operations, operations] }),
      },
    });
  });
}
