import { databaseNow, db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { bucketsOf } from '@/lib/usage/buckets';
import type { LimitUse } from '@/lib/usage/schema';

/** What a token did of late, to be laid beside its limit: the last 24 hours of the clock, the present one among them. Refuses `not_found`. */
export async function limitUseOf(actor: Actor, id: string): Promise<LimitUse> {
  const token = await db().token.findUnique({ where: { id }, select: { ownerId: true } });
  if (!token) throw new AppError('not_found');
  authorize(actor, 'token.read', token.ownerId);
  const { starts } = bucketsOf('24h', await databaseNow(), 'UTC');
  const [row] = await db().$queryRaw<[LimitUse]>`
    SELECT coalesce(max(allowed), 0)::float8 AS "busiestHour", coalesce(sum(allowed), 0)::float8 AS day, coalesce(sum(limited), 0)::float8 AS refused
    FROM (
      SELECT sum(requests) FILTER (WHERE reason = '') AS allowed, sum(requests) FILTER (WHERE reason = 'rate_limited') AS limited
      FROM usage_hour WHERE subject_id = ${id}::uuid AND hour >= ${starts[0]} GROUP BY hour
    ) hours`;
  return row;
}
