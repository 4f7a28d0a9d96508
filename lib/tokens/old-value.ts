import { databaseNow, db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { Prisma } from '@/lib/generated/prisma/client';
import { firstId } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { longestGraceHours } from '@/lib/policy/queries';
import { after, earliest } from '@/lib/tokens/grace';
import type { OldValue, OldValueUse, Tries } from '@/lib/tokens/schema';

/** Clients shown, the last seen first; addresses among which they are looked for; uses of one address that are counted. */
const MOST_CLIENTS = 25;
const MOST_ADDRESSES = 200;
const MOST_USES = 1000;
/** Refused events that are counted, and how long these and a grace that is over are worth telling. */
const MOST_TRIES = 200;
const WORTH_TELLING = 30 * 86_400_000;

/** What became of the value before the present one (of a deleted token: of its last); null when there is nothing to tell. Refuses `not_found`. */
export async function getOldValue(actor: Actor, id: string): Promise<OldValue | null> {
  const token = await db().token.findUnique({
    where: { id },
    select: { ownerId: true, generation: true, expiresAt: true, deletedAt: true },
  });
  if (!token) throw new AppError('not_found');
  authorize(actor, 'token.read', token.ownerId);
  const generation = token.generation - 1;
  const [now, hours, old] = await Promise.all([
    databaseNow(),
    longestGraceHours(),
    db().tokenSecret.findUnique({
      where: { tokenId_generation: { tokenId: id, generation } },
      select: { hint: true, supersededAt: true, validUntil: true, notAfter: true },
    }),
  ]);
  const ended = old && (old.validUntil ?? old.supersededAt);
  const until = token.deletedAt && !(ended && ended < token.deletedAt) ? token.deletedAt : ended && earliest(ended, token.expiresAt);
  if (!until) return null;
  const isAlive = until > now;
  const [uses, tries] = await Promise.all([
    old?.validUntil ? usesOf(id, generation) : { uses: [], addresses: 0 },
    isAlive ? undefined : triesOf([{ id, since: token.deletedAt ?? until }], now),
  ]);
  // Nothing to tell: nobody tries it, and either it had no grace or that is long ago.
  if (!isAlive && !tries?.get(id) && (!old?.validUntil || until.getTime() < now.getTime() - WORTH_TELLING)) return null;
  const cap = after(old?.supersededAt ?? until, hours * 3600);
  const expiration = expirationOf(old?.notAfter ?? null, token.expiresAt);
  return {
    hint: old?.hint ?? null,
    replacedAt: old?.supersededAt?.toISOString() ?? null,
    until: until.toISOString(),
    isAlive,
    graceUntil: old?.validUntil?.toISOString() ?? null,
    notAfter: earliest(cap, expiration).toISOString(),
    isCapped: expiration === null || cap < expiration,
    uses: uses.uses,
    addresses: Math.min(uses.addresses, MOST_ADDRESSES),
    moreAddresses: uses.addresses > MOST_ADDRESSES,
    tries: tries?.get(id) ?? null,
  };
}

type Past = { oldValueUntil: string | null; tries: Tries | null };
type Listed = { id: string; generation: number; expiresAt: Date | null };

/** What a list says of the values before the present ones of its tokens, none of which is deleted. */
export async function pastsOf(tokens: readonly Listed[], now: Date): Promise<Map<string, Past>> {
  const regenerated = tokens.filter(({ generation }) => generation > 1);
  if (regenerated.length === 0) return new Map();
  const secrets = await db().tokenSecret.findMany({
    where: { OR: regenerated.map(({ id, generation }) => ({ tokenId: id, generation: generation - 1 })) },
    select: { tokenId: true, supersededAt: true, validUntil: true },
  });
  const expirations = new Map(tokens.map(({ id, expiresAt }) => [id, expiresAt]));
  const ends = secrets.flatMap(({ tokenId, supersededAt, validUntil }) => {
    const ended = validUntil ?? supersededAt;
    return ended ? [{ id: tokenId, since: earliest(ended, expirations.get(tokenId) ?? null) }] : [];
  });
  const tries = await triesOf(
    ends.filter(({ since }) => since <= now),
    now,
  );
  return new Map(
    ends.map(({ id, since }) => [id, { oldValueUntil: since > now ? since.toISOString() : null, tries: tries.get(id) ?? null }]),
  );
}

/** The refused uses of dead values since those moments, by token. Reads no more than MOST_TRIES events of a token, from a small index. */
async function triesOf(tokens: readonly { id: string; since: Date }[], now: Date): Promise<Map<string, Tries>> {
  if (tokens.length === 0) return new Map();
  const recently = now.getTime() - WORTH_TELLING;
  const ids = tokens.map(({ id }) => id);
  const firsts = tokens.map(({ since }) => firstId(new Date(Math.max(since.getTime(), recently))));
  const rows = await db().$queryRaw<{ id: string; count: number; events: number; at: Date; ip: string | null }[]>`
    SELECT wanted.id, tried.*
    FROM unnest(${ids}::uuid[], ${firsts}::uuid[]) AS wanted(id, first)
    CROSS JOIN LATERAL (
      SELECT sum(e.count)::int AS count, count(*)::int AS events, max(e.at) AS at, (array_agg(host(e.ip) ORDER BY e.id DESC))[1] AS ip
      FROM (
        SELECT id, at, ip, count FROM audit_event
        WHERE token_id = wanted.id AND reason IN ('superseded', 'deleted') AND id >= wanted.first
        ORDER BY id DESC LIMIT ${MOST_TRIES}
      ) e
    ) tried
    WHERE tried.events > 0`;
  return new Map(rows.map(({ id, count, events, at, ip }) => [id, { count, more: events === MOST_TRIES, at: at.toISOString(), ip }]));
}

/**
 * Who used a value after it was replaced. Goes from address to address through the index instead of reading every use: one busy
 * client must hide nobody, and a page that looks again every few seconds must not cost more the more was used.
 */
async function usesOf(tokenId: string, generation: number): Promise<{ uses: OldValueUse[]; addresses: number }> {
  const its = Prisma.sql`e.token_id = ${tokenId}::uuid AND e.generation = ${generation} AND e.event = 'token.used'`;
  const rows = await db().$queryRaw<
    { ip: string | null; userAgent: string | null; uses: number; counted: number; at: Date; all: number }[]
  >`
    WITH RECURSIVE walk AS (
      (SELECT e.ip FROM audit_event e WHERE ${its} AND e.ip IS NOT NULL ORDER BY e.ip LIMIT 1)
      UNION ALL
      SELECT next.ip FROM walk CROSS JOIN LATERAL (SELECT e.ip FROM audit_event e WHERE ${its} AND e.ip > walk.ip ORDER BY e.ip LIMIT 1) next
    ), known AS MATERIALIZED (
      SELECT walk.ip FROM walk LIMIT ${MOST_ADDRESSES + 1}
    ), newest AS (
      SELECT known.ip, last.id FROM known
      CROSS JOIN LATERAL (SELECT e.id FROM audit_event e WHERE ${its} AND e.ip = known.ip ORDER BY e.id DESC LIMIT 1) last
      UNION ALL
      (SELECT e.ip, e.id FROM audit_event e WHERE ${its} AND e.ip IS NULL ORDER BY e.id DESC LIMIT 1)
    ), shown AS (
      SELECT ip, count(*) OVER ()::int AS "all" FROM newest ORDER BY id DESC LIMIT ${MOST_CLIENTS}
    )
    SELECT host(shown.ip) AS ip, used.user_agent AS "userAgent", used.uses, used.at, shown."all",
           sum(used.uses) OVER (PARTITION BY shown.ip)::int AS counted
    FROM shown
    CROSS JOIN LATERAL (
      SELECT user_agent, count(*)::int AS uses, max(at) AS at
      FROM (
        (SELECT e.user_agent, e.at FROM audit_event e WHERE ${its} AND e.ip = shown.ip ORDER BY e.id DESC LIMIT ${MOST_USES})
        UNION ALL
        (SELECT e.user_agent, e.at FROM audit_event e WHERE ${its} AND shown.ip IS NULL AND e.ip IS NULL ORDER BY e.id DESC LIMIT ${MOST_USES})
      ) e
      GROUP BY user_agent
    ) used
    ORDER BY used.at DESC, used.user_agent LIMIT ${MOST_CLIENTS}`;
  return {
    uses: rows.map(({ ip, userAgent, uses, counted, at }) => ({
      ip,
      userAgent,
      uses,
      more: counted >= MOST_USES,
      lastSeenAt: at.toISOString(),
    })),
    addresses: rows[0]?.all ?? 0,
  };
}

function expirationOf(one: Date | null, other: Date | null): Date | null {
  return one ? earliest(one, other) : other;
}
