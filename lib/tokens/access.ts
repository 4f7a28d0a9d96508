import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { transaction } from '@/lib/db';
import type { Actor } from '@/lib/permissions/permissions';
import { limitChanges, limitColumns, limitOf, quotaChanges, quotaColumns, quotaOf } from '@/lib/tokens/limit';
import { lockToken } from '@/lib/tokens/lock';
import type { changeAccessInput } from '@/lib/tokens/schema';

/**
 * Sets what a token may be used for (scopes), from where (networks) and how often (limit, quota); what is left out stays. Each of them that
 * changes is an event of its own, whether it became wider or narrower. Holds from the next request to the gate on.
 */
export async function changeAccess(actor: Actor, input: z.infer<typeof changeAccessInput>): Promise<void> {
  await transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, input.id);
    const changed = { tokenId: token.id, subjectId: token.ownerId };
    const before = limitOf(token);
    const quotaBefore = quotaOf(token);
    const { scopes = token.scopes, ipAllowList = token.ipAllowList, limit = before, quota = quotaBefore } = input;
    const [newScopes, newAddresses] = [!isSame(scopes, token.scopes), !isSame(ipAllowList, token.ipAllowList)];
    const newLimit = limit?.requests !== before?.requests || limit?.windowSeconds !== before?.windowSeconds;
    const newQuota = quota?.requests !== quotaBefore?.requests || quota?.period !== quotaBefore?.period;
    if (!newScopes && !newAddresses && !newLimit && !newQuota) return;
    const data = { scopes, ipAllowList, ...limitColumns(limit), ...quotaColumns(quota) };
    await tx.token.update({ where: { id: token.id }, data, select: { id: true } });
    if (newScopes) {
      await record(tx, now, actor, { ...changed, event: 'token.scopes_changed', changes: { scopes: [token.scopes, scopes] } });
    }
    if (newAddresses) {
      const changes = { ipAllowList: [token.ipAllowList, ipAllowList] satisfies [string[], string[]] };
      await record(tx, now, actor, { ...changed, event: 'token.addresses_changed', changes });
    }
    if (newLimit || newQuota) {
      const changes = { ...(newLimit && limitChanges(before, limit)), ...(newQuota && quotaChanges(quotaBefore, quota)) };
      await record(tx, now, actor, { ...changed, event: 'token.limit_changed', changes });
    }
  });
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
