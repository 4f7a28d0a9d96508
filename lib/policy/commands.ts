import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { lock, transaction } from '@/lib/db';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { limitOfPolicy, POLICY_ID } from '@/lib/policy/queries';
import type { changePolicyInput } from '@/lib/policy/schema';

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
