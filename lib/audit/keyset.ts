import type { AuditCursor, AuditFilters } from '@/lib/audit/filters';
import { Prisma } from '@/lib/generated/prisma/client';
import { firstId, uuid } from '@/lib/id';
import { type Actor, can } from '@/lib/permissions/permissions';

/** Events on one page of the log. */
export const EVENTS_PER_PAGE = 50;

/** Filters with names resolved to ids and times to moments. */
export type ResolvedFilters = Pick<AuditFilters, 'event' | 'outcome' | 'reason' | 'ip' | 'request' | 'from' | 'until' | 'cursor'> & {
  actorIds?: string[];
  tokenIds?: string[];
};

/**
 * SQL that gives a page of what `actor` may see, and one event more, or the first `count` (`SELECT *`, in the order of reading). It is a union
 * of streams, each of which follows one index in the order of ids and stops there: no sorting of a large set, no count.
 */
export function keysetSql(actor: Actor, filters: ResolvedFilters, count = EVENTS_PER_PAGE + 1): Prisma.Sql {
  const page = { count, sql: first(count, filters.cursor) };
  return Prisma.sql`SELECT * FROM (${Prisma.join(streams(actor, filters, page), ' UNION ALL ')}) e ${page.sql}`;
}

/** The first `count` in the order of reading. */
function first(count: number, cursor: AuditCursor | undefined): Prisma.Sql {
  return cursor?.newer ? Prisma.sql`ORDER BY e.id ASC LIMIT ${count}` : Prisma.sql`ORDER BY e.id DESC LIMIT ${count}`;
}

/** How many to give, and in SQL. */
type Page = { count: number; sql: Prisma.Sql };

function streams(actor: Actor, filters: ResolvedFilters, page: Page): Prisma.Sql[] {
  if (can(actor, 'audit.read_all')) return [stream(filters, page)];
  const me = actor.userId;
  // Two index scans instead of an OR, which no index answers in order. The second leaves out what the first has.
  const done = stream({ ...filters, actorIds: filters.actorIds ? filters.actorIds.filter((id) => id === me) : [me] }, page);
  const concerned = Prisma.sql`(SELECT * FROM audit_event e
    WHERE e.subject_id = ${me}::uuid AND e.actor_id IS DISTINCT FROM ${me}::uuid
      AND ${among('actor_id', filters.actorIds)} AND ${among('token_id', filters.tokenIds)} AND ${conditions(filters)} ${page.sql})`;
  return [done, concerned];
}

/**
 * One condition on a column with an index of its own gives the order of ids for nothing. Two kinds do not: several keys,
 * and ranges of addresses. What is rare by itself (operations, refusals, one request) needs no such care.
 */
function stream(filters: ResolvedFilters, page: Page): Prisma.Sql {
  const { actorIds, tokenIds, event, outcome, reason, ip, request } = filters;
  const all = Prisma.sql`${among('actor_id', actorIds)} AND ${among('token_id', tokenIds)} AND ${conditions(filters)}`;
  const isRare = (event && event !== 'token.used') || outcome === 'refused' || reason || request;
  if (!isRare && ip?.includes('/')) return inRange(filters, all, page);
  // Several people of one token are found among that token's events.
  if (!isRare && !ip && several(tokenIds ?? actorIds)) return perKey(filters, page);
  return Prisma.sql`(SELECT * FROM audit_event e WHERE ${all} ${page.sql})`;
}

/** Several keys go through their index one by one, each no further than a page: together they may be most of the log. */
function perKey({ actorIds, tokenIds, ...filters }: ResolvedFilters, page: Page): Prisma.Sql {
  const column = Prisma.raw(tokenIds ? 'token_id' : 'actor_id');
  const rest = Prisma.sql`${tokenIds ? among('actor_id', actorIds) : Prisma.sql`TRUE`} AND ${conditions(filters)}`;
  return Prisma.sql`(SELECT e.* FROM unnest(${tokenIds ?? actorIds}::uuid[]) AS key(id)
    CROSS JOIN LATERAL (SELECT * FROM audit_event e WHERE e.${column} = key.id AND ${rest} ${page.sql}) e ${page.sql})`;
}

// Events among which a range of addresses is looked for first.
const NEAR = 5000;

/**
 * A range of addresses is either common, and then a page of it is near, or rare, and then all of it is sorted. Left
 * alone, the planner walks back through the whole log for a range that was common once; OFFSET 0 keeps it from that.
 */
function inRange(filters: ResolvedFilters, all: Prisma.Sql, page: Page): Prisma.Sql {
  const { actorIds, tokenIds, from, until, cursor } = filters;
  const walk = Prisma.sql`${among('actor_id', several(actorIds) || tokenIds ? undefined : actorIds)}
    AND ${among('token_id', several(tokenIds) ? undefined : tokenIds)} AND ${conditions({ from, until, cursor })}`;
  return Prisma.sql`(WITH near AS MATERIALIZED (
      SELECT * FROM (SELECT * FROM audit_event e WHERE ${walk} ${first(NEAR, cursor)}) e WHERE ${all} ${page.sql}
    ), far AS NOT MATERIALIZED (
      SELECT * FROM (SELECT * FROM audit_event e WHERE ${all} OFFSET 0) e ${page.sql}
    )
    SELECT * FROM near WHERE (SELECT count(*) FROM near) >= ${page.count}
    UNION ALL SELECT * FROM far WHERE (SELECT count(*) FROM near) < ${page.count})`;
}

/**
 * For reading everything that fits, stretch by stretch, in as much time for each however many fit: SQL for the oldest id of the next
 * `width` events before `cursor` among which to look (no row: the rest of the log). Undefined where an index gives those that fit in
 * the order of ids; several keys and ranges of addresses are looked for among what all other filters leave.
 */
export function stretchEndSql(filters: ResolvedFilters, width: number): Prisma.Sql | undefined {
  const { actorIds, tokenIds, ip } = filters;
  if (!several(actorIds) && !several(tokenIds) && !ip?.includes('/')) return undefined;
  const walk = Prisma.sql`${among('actor_id', several(actorIds) ? undefined : actorIds)}
    AND ${among('token_id', several(tokenIds) ? undefined : tokenIds)} AND ${conditions({ ...filters, ip: ip?.includes('/') ? undefined : ip })}`;
  return Prisma.sql`SELECT e.id FROM audit_event e WHERE ${walk} ORDER BY e.id DESC OFFSET ${width - 1} LIMIT 1`;
}

/** SQL for the events that fit: down to the id `end`, or else the next `width`, newest first. For whoever may see all of the log. */
export function stretchSql(filters: ResolvedFilters, end: string | undefined, width: number): Prisma.Sql {
  const { actorIds, tokenIds } = filters;
  const all = Prisma.sql`${among('actor_id', actorIds)} AND ${among('token_id', tokenIds)} AND ${conditions(filters)}`;
  if (end) return Prisma.sql`SELECT * FROM audit_event e WHERE ${all} AND e.id >= ${end}::uuid ORDER BY e.id DESC`;
  return Prisma.sql`SELECT * FROM audit_event e WHERE ${all} ORDER BY e.id DESC LIMIT ${width}`;
}

function several(ids: string[] | undefined): ids is string[] {
  return ids !== undefined && ids.length > 1;
}

function among(column: 'token_id' | 'actor_id', ids: string[] | undefined): Prisma.Sql {
  if (!ids) return Prisma.sql`TRUE`;
  const [only] = ids;
  if (only && ids.length === 1) return Prisma.sql`e.${Prisma.raw(column)} = ${only}::uuid`;
  return Prisma.sql`e.${Prisma.raw(column)} = ANY(${ids}::uuid[])`;
}

function conditions({ event, outcome, reason, ip, request, from, until, cursor }: ResolvedFilters): Prisma.Sql {
  const all: Prisma.Sql[] = [];
  if (cursor) all.push(cursor.newer ? Prisma.sql`e.id > ${cursor.id}::uuid` : Prisma.sql`e.id < ${cursor.id}::uuid`);
  if (from) all.push(Prisma.sql`e.id >= ${firstId(from)}::uuid`);
  if (until) all.push(Prisma.sql`e.id < ${firstId(until)}::uuid`);
  if (event) all.push(Prisma.sql`e.event = ${event}`);
  // A use is never refused. Said in the words of the partial indexes, so that they serve under any plan.
  if ((event && event !== 'token.used') || outcome === 'refused') all.push(Prisma.sql`e.event <> 'token.used'`);
  if (outcome) all.push(outcome === 'refused' ? Prisma.sql`e.outcome = 'refused'` : Prisma.sql`e.outcome = 'ok'`);
  if (reason) all.push(Prisma.sql`e.reason = ${reason}`);
  if (request) all.push(Prisma.sql`e.id = ANY(${idsOf(request)})`);
  if (ip) all.push(ip.includes('/') ? Prisma.sql`e.ip <<= ${ip}::inet` : Prisma.sql`e.ip = ${ip}::inet`);
  return all.length ? Prisma.join(all, ' AND ') : Prisma.sql`TRUE`;
}

// More than happens in one request, unless a proxy gives the same id to all of them.
const MOST_OF_A_REQUEST = 10_000;

/**
 * The ids of a request's events, found first, by its own index: an OR over two columns would be in no order. An access has no request id
 * but its own, and any event is found by its own.
 */
function idsOf(request: string): Prisma.Sql {
  const own = uuid.safeParse(request).data;
  const found = Prisma.sql`ARRAY(SELECT r.id FROM audit_event r WHERE r.request_id = ${own ?? request} ORDER BY r.id DESC LIMIT ${MOST_OF_A_REQUEST})`;
  return own ? Prisma.sql`${found} || ${own}::uuid` : found;
}
