import { barsFor, EVERYBODY } from '@/lib/audit/activity-bars';
import { CONSUMER } from '@/lib/audit/activity-roll-up';
import type { AuditFilters } from '@/lib/audit/filters';
import { eventSql, kindSql } from '@/lib/audit/keyset';
import { behindSince } from '@/lib/audit/ledger/behind';
import type { AuditActivity } from '@/lib/audit/schema';
import { databaseNow, db } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import { type Actor, can } from '@/lib/permissions/permissions';

/** Which of the filters, besides the range, the bars know. */
type Known = Pick<AuditFilters, 'from' | 'until' | 'within' | 'kind' | 'event' | 'outcome'>;

/**
 * How much happened in a range, in bars: everything, or for members what concerns them. From the roll-up, a stretch of its primary
 * key. Of the filters it knows the range, the kind, the event and the outcome. Null for a range that is too long ago.
 */
export async function auditActivity(actor: Actor, filters: Known, zone: string): Promise<AuditActivity | null> {
  const now = await databaseNow();
  const bars = barsFor(filters, now, zone);
  if (!bars) return null;
  const [rows, behind, hasOlder] = await Promise.all([
    db().$queryRaw<{ bar: number; ok: number; refused: number }[]>(activitySql(subjectOf(actor), bars, filters)),
    behindSince(CONSUMER, now),
    bars.isCut ?? isAnyBefore(subjectOf(actor), bars.starts[0] ?? bars.end),
  ]);
  const shown = bars.starts.map((start) => ({ start: start.toISOString(), ok: 0, refused: 0 }));
  for (const { bar, ok, refused } of rows) {
    const one = shown[bar - 1];
    if (!one) continue;
    if (filters.outcome !== 'refused') one.ok = ok;
    if (filters.outcome !== 'ok') one.refused = refused;
  }
  return { unit: bars.unit, bars: shown, end: bars.end.toISOString(), isOpen: bars.end > now, hasOlder, behindSince: behind };
}

/** Whether the roll-up, which reaches further back than the bars, has anything from before them. */
async function isAnyBefore(subjectId: string, start: Date): Promise<boolean> {
  return (await db().auditActivity.findFirst({ where: { subjectId, step: 60, start: { lt: start } }, select: { start: true } })) !== null;
}

function subjectOf(actor: Actor): string {
  return can(actor, 'audit.read_all') ? EVERYBODY : actor.userId;
}

/** SQL for what each bar, counted from 1, holds. */
export function activitySql(
  subjectId: string,
  { starts, end, step }: NonNullable<ReturnType<typeof barsFor>>,
  { kind, event }: Pick<Known, 'kind' | 'event'> = {},
): Prisma.Sql {
  // By moment first: looking for the bar costs more than adding up, and bigint's sum is a slow numeric.
  return Prisma.sql`
    SELECT width_bucket(start, ${starts.map((start) => start.toISOString())}::timestamptz[]) AS bar, sum(ok) AS ok, sum(refused) AS refused
    FROM (
      SELECT start, sum(ok::float8) AS ok, sum(refused::float8) AS refused FROM audit_activity e
      WHERE subject_id = ${subjectId}::uuid AND step = ${step} AND start >= ${starts[0]} AND start < ${end}
        AND ${event ? eventSql(event) : Prisma.sql`TRUE`} AND ${kind ? kindSql(kind) : Prisma.sql`TRUE`}
      GROUP BY 1
    ) moments GROUP BY 1`;
}
