import { db } from '@/lib/db';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import type { Policy } from '@/lib/policy/schema';
import type { TokenLimit } from '@/lib/tokens/schema';

/** The one row of the policy. */
export const POLICY_ID = 1;

/** What holds for everybody's tokens. Refuses who is neither administrator nor auditor. */
export async function getPolicy(actor: Actor): Promise<Policy> {
  authorize(actor, 'policy.read');
  return { defaultLimit: await defaultLimit() };
}

/** The limit of tokens without one of their own: what everybody may know who has one. */
export async function defaultLimit(): Promise<TokenLimit | null> {
  const row = await db().policy.findUniqueOrThrow({
    where: { id: POLICY_ID },
    select: { defaultLimitRequests: true, defaultLimitWindowSeconds: true },
  });
  return limitOfPolicy(row);
}

/** The default limit that the policy's columns say: both are set, or neither. */
export function limitOfPolicy(row: { defaultLimitRequests: number | null; defaultLimitWindowSeconds: number | null }): TokenLimit | null {
  if (row.defaultLimitRequests === null || row.defaultLimitWindowSeconds === null) return null;
  return { requests: row.defaultLimitRequests, windowSeconds: row.defaultLimitWindowSeconds as TokenLimit['windowSeconds'] };
}
