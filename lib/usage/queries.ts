import { behindSince } from '@/lib/audit/ledger/behind';
import { databaseNow, db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { Prisma } from '@/lib/generated/prisma/client';
import { type Actor, authorize, can } from '@/lib/permissions/permissions';
import { type Buckets, bucketsOf, lastDays } from '@/lib/usage/buckets';
import { CONSUMER } from '@/lib/usage/roll-up';
import {
  EVERYTHING,
  type Overview,
  type TokenUsage,
  type Usage,
  type UsageRange,
  type UsageToken,
  type UsageWeek,
} from '@/lib/usage/schema';
import { narrowing, readAddresses } from '@/lib/usage/token';

const MOST_TOKENS = 5;
const WEEK = 7;

/** How a token was used; hours and days are those of `zone`. Refuses `not_found`. */
export async function tokenUsage(actor: Actor, id: string, range: UsageRange, zone: string): Promise<TokenUsage> {
  const token = await db().token.findUnique({
    where: { id },
    select: { id: true, ownerId: true, createdAt: true, deletedAt: true, scopes: true },
  });
  if (!token) throw new AppError('not_found');
  authorize(actor, 'token.read', token.ownerId);
  const now = await databaseNow();
  const [usage, addresses, scopes] = await Promise.all([
    readUsage(token.id, range, bucketsOf(range, now, zone), now),
    readAddresses(token.id, now),
    narrowing(token, now),
  ]);
  return { ...usage, ...addresses, ...scopes };
}

/** How everything that the actor may see was used: all tokens and all refusals, or the actor's own tokens. */
export async function overviewUsage(actor: Actor, range: UsageRange, zone: string): Promise<Overview> {
  const now = await databaseNow();
  const buckets = bucketsOf(range, now, zone);
  const all = can(actor, 'token.read') && can(actor, 'audit.read_all');
  const [usage, tokens] = await Promise.all([
    readUsage(all ? EVERYTHING : actor.userId, range, buckets, now),
    readTokens(all ? null : actor.userId, range, buckets),
  ]);
  return { ...usage, ...tokens };
}

/** The last seven days (of `zone`) of those of `tokenIds` that belong to `ownerId`; a token without any use is left out. Refuses `not_found`. */
export async function usageWeeks(
  actor: Actor,
  ownerId: string,
  tokenIds: readonly string[],
  zone: string,
): Promise<Record<string, UsageWeek>> {
  authorize(actor, 'token.read', ownerId);
  if (tokenIds.length === 0) return {};
  const starts = lastDays(WEEK, await databaseNow(), zone);
  const rows = await db().$queryRaw<{ id: string; day: number; allowed: number; refused: number }[]>`
    SELECT t.id, u.day, u.allowed, u.refused FROM token t CROSS JOIN LATERAL (
      SELECT ${bucketSql(starts)} AS day, coalesce(sum(requests) FILTER (WHERE reason = ''), 0)::float8 AS allowed,
             coalesce(sum(requests) FILTER (WHERE reason <> ''), 0)::float8 AS refused
      FROM usage_hour WHERE subject_id = t.id AND hour >= ${starts[0]} GROUP BY 1
    ) u WHERE t.id = ANY(${[...tokenIds]}::uuid[]) AND t.owner_id = ${ownerId}::uuid`;
  const weeks: Record<string, UsageWeek> = {};
  for (const { id, day, allowed, refused } of rows) {
    weeks[id] ??= { allowed: Array(WEEK).fill(0), refused: Array(WEEK).fill(0) };
    weeks[id].allowed[day - 1] = allowed;
    weeks[id].refused[day - 1] = refused;
  }
  return weeks;
}

/** In which of the hours or days an hour lies, from 1; 0: before them. */
function bucketSql(starts: readonly Date[]): Prisma.Sql {
  return Prisma.sql`width_bucket(hour, ${starts.map((start) => start.toISOString())}::timestamptz[])`;
}

/** One stretch of the primary key: at most the hours of twice the range, for each reason. */
async function readUsage(subjectId: string, range: UsageRange, { unit, starts, before }: Buckets, now: Date): Promise<Usage> {
  const [rows, behind] = await Promise.all([
    db().$queryRaw<{ bucket: number; reason: string; requests: number }[]>`
      SELECT ${bucketSql(starts)} AS bucket, reason, sum(requests)::float8 AS requests
      FROM usage_hour WHERE subject_id = ${subjectId}::uuid AND hour >= ${before} GROUP BY 1, 2`,
    behindSince(CONSUMER, now),
  ]);
  const buckets = starts.map((start) => ({ start: start.toISOString(), allowed: 0, refused: 0 }));
  const totals = { requests: 0, refused: 0, requestsBefore: 0, refusedBefore: 0 };
  const reasons = new Map<string, number>();
  for (const { bucket, reason, requests } of rows) {
    const refused = reason === '' ? 0 : requests;
    const current = buckets[bucket - 1];
    if (current) {
      current.allowed += requests - refused;
      current.refused += refused;
      totals.requests += requests;
      totals.refused += refused;
      if (refused > 0) reasons.set(reason, (reasons.get(reason) ?? 0) + refused);
    } else {
      totals.requestsBefore += requests;
      totals.refusedBefore += refused;
    }
  }
  const commonest = [...reasons].map(([reason, requests]) => ({ reason, requests })).sort((a, b) => b.requests - a.requests);
  return { range, unit, buckets, totals, reasons: commonest, behindSince: behind };
}

/**
 * The tokens with the most requests, and with the most refusals. Of a day by its hours; of longer ranges by days of UTC, of which the
 * first counts whole: a row for each token and day, and not for each of its hours.
 */
async function readTokens(
  ownerId: string | null,
  range: UsageRange,
  { starts }: Buckets,
): Promise<{ busiest: UsageToken[]; mostRefused: UsageToken[] }> {
  const since = starts[0] as Date;
  const [key, sums] =
    range === '24h'
      ? [
          Prisma.sql`subject_id`,
          Prisma.sql`sum(requests) AS requests, coalesce(sum(requests) FILTER (WHERE reason <> ''), 0) AS refused
                     FROM usage_hour WHERE hour >= ${since}`,
        ]
      : [
          Prisma.sql`token_id`,
          Prisma.sql`sum(requests) AS requests, sum(refused) AS refused
                     FROM usage_day WHERE day >= (${since}::timestamptz AT TIME ZONE 'UTC')::date`,
        ];
  const used = ownerId
    ? // One token after the other: left alone, PostgreSQL reads what everybody's tokens did in that time.
      Prisma.sql`token t CROSS JOIN LATERAL (SELECT ${sums} AND ${key} = t.id) s WHERE t.owner_id = ${ownerId}::uuid AND s.requests > 0`
    : Prisma.sql`(SELECT ${key} AS id, ${sums} GROUP BY 1) s JOIN token t USING (id)`;
  const rows = await db().$queryRaw<(UsageToken & { list: 'busiest' | 'mostRefused' })[]>`
    WITH used AS MATERIALIZED (
      SELECT t.id, t.name, t.owner_id, t.deleted_at IS NOT NULL AS "isDeleted", s.requests::float8 AS requests, s.refused::float8 AS refused
      FROM ${used}
    ), listed AS (
      (SELECT *, 'busiest' AS list FROM used ORDER BY requests DESC, id LIMIT ${MOST_TOKENS})
      UNION ALL
      (SELECT *, 'mostRefused' FROM used WHERE refused > 0 ORDER BY refused DESC, id LIMIT ${MOST_TOKENS})
    )
    SELECT l.id, l.name, o.name AS owner, l."isDeleted", l.requests, l.refused, l.list
    FROM listed l JOIN "user" o ON o.id = l.owner_id ORDER BY l.list, CASE l.list WHEN 'busiest' THEN l.requests ELSE l.refused END DESC, l.id`;
  const listed = (name: string) => rows.filter(({ list }) => list === name).map(({ list: _, ...token }) => token);
  return { busiest: listed('busiest'), mostRefused: listed('mostRefused') };
}
