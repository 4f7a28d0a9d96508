import { countBefore } from '@/lib/audit/queries';
import { databaseNow, db, type Tx } from '@/lib/db';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import type { Doomed, Policy, Retention, RetentionPreview } from '@/lib/policy/schema';
import type { TokenLimit } from '@/lib/tokens/schema';

/** The one row of the policy. */
export const POLICY_ID = 1;

/** What holds for everybody's tokens. Refuses who is neither administrator nor auditor. */
export async function getPolicy(actor: Actor): Promise<Policy> {
  authorize(actor, 'policy.read');
  const [limit, hours] = await Promise.all([defaultLimit(), longestGraceHours()]);
  return { defaultLimit: limit, longestGraceHours: hours };
}

/** How many hours a replaced value may go on working at most: what everybody may know who regenerates. */
export async function longestGraceHours(tx: Tx = db()): Promise<number> {
  const select = { longestGraceHours: true };
  return (await tx.policy.findUniqueOrThrow({ where: { id: POLICY_ID }, select })).longestGraceHours;
}

/** The same, kept as it is until the transaction ends: what it allows is allowed when it commits. */
export async function heldLongestGraceHours(tx: Tx): Promise<number> {
  await tx.$executeRaw`SELECT 1 FROM policy WHERE id = ${POLICY_ID} FOR SHARE`;
  return longestGraceHours(tx);
}

/** The limit of tokens without one of their own: what everybody may know who has one. */
export async function defaultLimit(): Promise<TokenLimit | null> {
  const row = await db().policy.findUniqueOrThrow({
    where: { id: POLICY_ID },
    select: { defaultLimitRequests: true, defaultLimitWindowSeconds: true },
  });
  return limitOfPolicy(row);
}

/** How long the log is kept. Refuses who is neither administrator nor auditor. */
export async function getRetention(actor: Actor): Promise<Retention> {
  authorize(actor, 'policy.read');
  return readRetention(db());
}

/** The same, of a transaction. */
export async function readRetention(tx: Tx): Promise<Retention> {
  const select = { keepAccessesMonths: true, keepOperationsMonths: true };
  const row = await tx.policy.findUniqueOrThrow({ where: { id: POLICY_ID }, select });
  return { accesses: row.keepAccessesMonths, operations: row.keepOperationsMonths };
}

/** Events are counted up to so many. */
export const MOST_COUNTED = 1_000_000;

/** What keeping the log no longer than that would take out of it today. Refuses who is no administrator. */
export async function previewRetention(actor: Actor, retention: Retention): Promise<RetentionPreview> {
  authorize(actor, 'policy.write');
  const now = await databaseNow();
  const doomed = async (kind: 'access' | 'operation', months: number | null): Promise<Doomed | null> => {
    if (months === null) return null;
    const before = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
    const counted = await countBefore(kind, before, MOST_COUNTED + 1);
    return counted === 0 ? null : { before: before.toISOString(), events: Math.min(counted, MOST_COUNTED), isMore: counted > MOST_COUNTED };
  };
  return { accesses: await doomed('access', retention.accesses), operations: await doomed('operation', retention.operations) };
}

/** The default limit that the policy's columns say: both are set, or neither. */
export function limitOfPolicy(row: { defaultLimitRequests: number | null; defaultLimitWindowSeconds: number | null }): TokenLimit | null {
  if (row.defaultLimitRequests === null || row.defaultLimitWindowSeconds === null) return null;
  return { requests: row.defaultLimitRequests, windowSeconds: row.defaultLimitWindowSeconds as TokenLimit['windowSeconds'] };
}
