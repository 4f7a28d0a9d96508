import type { AuditCursor, AuditFilters } from '@/lib/audit/filters';
import type { EventFilter, EventKind } from '@/lib/audit/schema';
import { accessEvents, auditReasons, eventNames } from '@/lib/audit/values';
import { Prisma } from '@/lib/generated/prisma/client';
import { firstId, uuid } from '@/lib/id';
import { type Actor, can } from '@/lib/permissions/permissions';

/** Events on one page of the log. */
export const EVENTS_PER_PAGE = 50;

/** Filters with names resolved to ids and times to moments. */
export type ResolvedFilters = Pick<
  AuditFilters,
  'kind' | 'event' | 'outcome' | 'reason' | 'ip' | 'request' | 'from' | 'until' | 'cursor'
> & {
  actorIds?: string[];
  /** Done by Latchkey itself. */
  bySystem?: true;
  targetIds?: string[];
  tokenIds?: string[];
  /** Done by one of these users or concerning one, or with or about one of these tokens. */
  either?: { userIds: string[]; tokenIds: string[] };
};

/**
 * SQL that gives a page of what `actor` may see, and one event more, or the first `count` (`SELECT *`, in the order of reading). It is a union
 * of streams, each of which follows one index in the order of ids and stops there: no sorting of a large set, no count.
 */
export function keysetSql(actor: Actor, filters: ResolvedFilters, count = EVENTS_PER_PAGE + 1): Prisma.Sql {
  return union(actor, filters, { count, sql: first(count, filters.cursor) });
}

/** SQL that gives as many rows as keysetSql() would, `most` at most: to be counted, so a range of addresses is in the order that costs least. */
export function countableSql(actor: Actor, filters: ResolvedFilters, most: number): Prisma.Sql {
  return union(actor, filters, { count: most, sql: first(most, filters.cursor), inAnyOrder: Prisma.sql`LIMIT ${most}` });
}

function union(actor: Actor, filters: ResolvedFilters, page: Page): Prisma.Sql {
  const nothing = Prisma.sql`(SELECT * FROM audit_event e WHERE FALSE)`;
  const all = Prisma.join([nothing, ...alternatives(actor, filters).flatMap((one) => streams(actor, one, page))], ' UNION ALL ');
  // Who did it may own the token too: each is shown once.
  const once = filters.either ? Prisma.sql`DISTINCT ON (e.id)` : Prisma.empty;
  return Prisma.sql`SELECT ${once} * FROM (${all}) e ${page.inAnyOrder ?? page.sql}`;
}

/**
 * What is looked for in several places is looked for in each by its own index; an OR over several columns would be in no order. A range of
 * addresses in all of the log is found by its own way, in which an OR costs nothing more.
 */
function alternatives(actor: Actor, { either, ...filters }: ResolvedFilters): ResolvedFilters[] {
  if (!either || (isRange(filters) && can(actor, 'audit.read_all'))) return [{ ...filters, either }];
  return [
    { ...filters, actorIds: inBoth(filters.actorIds, either.userIds) },
    { ...filters, targetIds: inBoth(filters.targetIds, either.userIds) },
    { ...filters, tokenIds: inBoth(filters.tokenIds, either.tokenIds) },
  ];
}

function inBoth(ids: string[] | undefined, others: string[]): string[] {
  return ids ? ids.filter((id) => others.includes(id)) : others;
}

/** The first `count` in the order of reading. */
function first(count: number, cursor: AuditCursor | undefined): Prisma.Sql {
  return cursor?.newer ? Prisma.sql`ORDER BY e.id ASC LIMIT ${count}` : Prisma.sql`ORDER BY e.id DESC LIMIT ${count}`;
}

/** How many to give, and in SQL: in the order of reading and, where that will do, in any. */
type Page = { count: number; sql: Prisma.Sql; inAnyOrder?: Prisma.Sql };

/**
 * Accesses and operations are kept apart, each by month: asked for apart, the months of each are read one after the other, and only those that a
 * page needs. Together, every month of both would be opened first.
 */
type OfKind = ResolvedFilters & { kind: EventKind };

const tables = { access: Prisma.sql`audit_log.access`, operation: Prisma.sql`audit_log.operation` };

function streams(actor: Actor, filters: ResolvedFilters, page: Page): Prisma.Sql[] {
  if (can(actor, 'audit.read_all')) return ofKinds(filters, page);
  const me = actor.userId;
  const { actorIds, targetIds, tokenIds } = filters;
  // Two index scans instead of an OR, which no index answers in order. The second leaves out what the first has; an access concerns nobody else.
  const done = ofKinds({ ...filters, actorIds: inBoth(actorIds, [me]) }, page);
  if (!operationsFit(filters) || isNobody(filters) || targetIds?.includes(me) === false) return done;
  const concerned = Prisma.sql`(SELECT * FROM ${tables.operation} e
    WHERE e.subject_id = ${me}::uuid AND e.actor_id IS DISTINCT FROM ${me}::uuid
      AND ${among('actor_id', actorIds)} AND ${among('token_id', tokenIds)} AND ${conditions(filters)} ${page.sql})`;
  return [...done, concerned];
}

function ofKinds(filters: ResolvedFilters, page: Page): Prisma.Sql[] {
  if (isNobody(filters)) return [];
  const { event, reason, ip, outcome } = filters;
  // An index of refused addresses serves a reason too, if it is said that it refuses. A group that accesses are in has all of them.
  const access = { event: isGroup(event) ? undefined : event, outcome: reason && ip ? ('refused' as const) : outcome };
  return [
    ...(accessesFit(filters) ? [stream({ ...filters, ...access, kind: 'access' }, page)] : []),
    ...(operationsFit(filters) ? [stream({ ...filters, kind: 'operation' }, page)] : []),
  ];
}

// What cannot be is not looked for: an index would be read from end to end to find none.
function isNobody({ actorIds, bySystem, targetIds, tokenIds }: ResolvedFilters): boolean {
  return [actorIds, targetIds, tokenIds].some((ids) => ids?.length === 0) || (bySystem === true && actorIds !== undefined);
}

function accessesFit({ kind, event, outcome, reason, bySystem, targetIds }: ResolvedFilters): boolean {
  if (kind === 'operation' || bySystem || targetIds) return false;
  if (event && !eventsOf(event).some((one) => accessEvents.includes(one))) return false;
  if (reason && !auditReasons.token.some((one) => one === reason)) return false;
  const isAny = !event || isGroup(event);
  return event === 'token.used' || (outcome === 'ok' && isAny) ? outcome !== 'refused' && !reason : outcome !== 'ok';
}

function operationsFit({ kind, event, reason }: ResolvedFilters): boolean {
  if (kind === 'access' || event === 'token.used' || event === 'token.refused') return false;
  return !reason || [...auditReasons.user, ...auditReasons.audit].some((one) => one === reason);
}

function isGroup(event: EventFilter | undefined): boolean {
  return event?.endsWith('.*') ?? false;
}

/** The events that a filter means: one, or all of its group. */
function eventsOf(event: EventFilter): readonly string[] {
  return isGroup(event) ? eventNames.filter((name) => name.startsWith(event.slice(0, -1))) : [event];
}

/**
 * One condition on a column with an index of its own gives the order of ids for nothing. Two kinds do not: several keys,
 * and ranges of addresses. What is rare by itself (one event, refusals, one request) needs no such care.
 */
function stream(filters: OfKind, page: Page): Prisma.Sql {
  const { kind, actorIds, targetIds, tokenIds, event, outcome, reason, ip, request } = filters;
  const tokens =
    kind === 'access' && actorIds && several(tokenIds)
      ? Prisma.sql`e.token_id = ANY(ARRAY(${owned(actorIds, tokenIds)}))`
      : Prisma.sql`${ownedOnly(filters)} AND ${among('token_id', tokenIds)}`;
  const all = Prisma.sql`${among('actor_id', actorIds)} AND ${among('subject_id', targetIds)} AND ${tokens} AND ${conditions(filters)}`;
  const isRare = Boolean((event && event !== 'token.used' && !isGroup(event)) || outcome === 'refused' || reason || request);
  if (isRange(filters)) return inRange(filters, isRare, all, page);
  // Refused accesses have these indexes too. Not with an address, which may be the rarer.
  const hasIndex = !isRare || (kind === 'access' && !request);
  if (hasIndex && !ip && keysOf(filters)) return perKey(filters, page);
  return Prisma.sql`(SELECT * FROM ${tables[kind]} e WHERE ${all} ${page.sql})`;
}

/** The keys by which a stream is read one after the other, when they are several; nothing that narrows more may be set. */
function keysOf({ actorIds, bySystem, targetIds, tokenIds, event }: OfKind): { column: string; keys: Prisma.Sql } | undefined {
  const ids = tokenIds ?? targetIds ?? actorIds;
  const column = tokenIds ? 'token_id' : targetIds ? 'subject_id' : 'actor_id';
  if (ids) return several(ids) ? { column, keys: Prisma.sql`unnest(${ids}::uuid[])` } : undefined;
  return event && isGroup(event) && !bySystem ? { column: 'event', keys: Prisma.sql`unnest(${eventsOf(event)}::text[])` } : undefined;
}

/** Several keys go through their index one by one, each no further than a page: together they may be most of the log. */
function perKey(filters: OfKind, page: Page): Prisma.Sql {
  const { kind, actorIds, targetIds, tokenIds } = filters;
  const { column, keys } = keysOf(filters) ?? {};
  const others = Prisma.sql`${among('actor_id', tokenIds || targetIds ? actorIds : undefined)}
    AND ${among('subject_id', tokenIds ? targetIds : undefined)} AND ${conditions(filters)}`;
  const each = actorIds && tokenIds && kind === 'access' ? owned(actorIds, tokenIds) : Prisma.sql`SELECT ${keys}`;
  return Prisma.sql`(SELECT e.* FROM (${each}) AS key(id) CROSS JOIN LATERAL (
      SELECT * FROM ${tables[kind]} e WHERE e.${Prisma.raw(column ?? '')} = key.id AND ${others} ${page.sql}
    ) e ${page.sql})`;
}

/** An access is its token's owner's: the tokens of others are not looked through for what they cannot hold. */
function ownedOnly({ kind, actorIds, tokenIds }: OfKind): Prisma.Sql {
  return kind === 'access' && actorIds && tokenIds ? Prisma.sql`EXISTS (${owned(actorIds, tokenIds)})` : Prisma.sql`TRUE`;
}

function owned(actorIds: string[], tokenIds: string[]): Prisma.Sql {
  return Prisma.sql`SELECT t.id FROM token t WHERE t.id = ANY(${tokenIds}::uuid[]) AND t.owner_id = ANY(${actorIds}::uuid[])`;
}

// Events of the other filters among which a range of addresses is looked for first.
const NEAR = 2000;

/**
 * A range of addresses is either common among what the other filters leave, and then a page of it is near, or rare, and then all of it is
 * sorted; among accesses that passed it is so month by month, until the page is full. Left alone, the planner walks back through the whole log
 * for a range that was common once; OFFSET 0 keeps it from that.
 */
function inRange(filters: OfKind, isRare: boolean, all: Prisma.Sql, page: Page): Prisma.Sql {
  const { actorIds, targetIds, tokenIds, cursor, kind } = filters;
  if (page.inAnyOrder) return Prisma.sql`(SELECT * FROM ${tables[kind]} e WHERE ${all} ${page.inAnyOrder})`;
  const others = Prisma.sql`${among('actor_id', several(actorIds) || tokenIds ? undefined : actorIds)}
    AND ${among('subject_id', several(targetIds) ? undefined : targetIds)} AND ${among('token_id', several(tokenIds) ? undefined : tokenIds)} AND ${conditions({ ...filters, either: undefined, ip: undefined })}`;
  const isFull = Prisma.sql`(SELECT count(*) FROM near) >= ${page.count}`;
  const isAll = Prisma.sql`(SELECT count(*) FROM newest) < ${NEAR}`;
  const sorted = (when: Prisma.Sql) =>
    Prisma.sql`SELECT * FROM (SELECT * FROM ${tables[kind]} e WHERE ${all} AND ${when} OFFSET 0) e ${page.sql}`;
  const byMonth = Prisma.sql`SELECT e.* FROM (${monthsSql(filters)}) AS month(since, until)
      CROSS JOIN LATERAL (${sorted(Prisma.sql`e.id >= month.since AND e.id < month.until`)}) e LIMIT ${page.count}`;
  return Prisma.sql`(WITH newest AS MATERIALIZED (
      SELECT * FROM ${tables[kind]} e WHERE ${others} ${first(NEAR, cursor)}
    ), near AS MATERIALIZED (
      SELECT * FROM newest e WHERE ${all} ${page.sql}
    ), far AS NOT MATERIALIZED (${isRare ? sorted(Prisma.sql`TRUE`) : byMonth})
    SELECT * FROM near WHERE ${isFull} OR ${isAll}
    UNION ALL SELECT * FROM far WHERE NOT (${isFull} OR ${isAll}))`;
}

/** SQL for the log's months in the order of reading, each from one id up to another, and for what is before the first and after the last. */
function monthsSql({ kind, cursor }: OfKind): Prisma.Sql {
  const order = Prisma.raw(cursor?.newer ? 'ASC' : 'DESC');
  return Prisma.sql`SELECT since, lead(since, 1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) OVER (ORDER BY since) FROM (
      SELECT '00000000-0000-0000-0000-000000000000'::uuid AS since
      UNION SELECT audit_log.first_id(to_date(right(c.relname, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC' + month)
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      CROSS JOIN (VALUES (interval '0'), (interval '1 month')) AS edge(month)
      WHERE i.inhparent = ${`audit_log.${kind}`}::regclass AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
    ) m ORDER BY since ${order}`;
}

/**
 * For reading everything that fits, stretch by stretch, in as much time for each however many fit: SQL for the oldest id of the next
 * `width` events before `cursor` among which to look (no row: the rest of the log). Undefined where an index gives those that fit in
 * the order of ids; several keys and ranges of addresses are looked for among what all other filters leave.
 */
export function stretchEndSql(filters: ResolvedFilters, width: number): Prisma.Sql | undefined {
  const { actorIds, targetIds, tokenIds, either, ip } = filters;
  const isOfRange = ip?.includes('/');
  if (!several(actorIds) && !several(targetIds) && !several(tokenIds) && !either && !isOfRange) return undefined;
  const walk = whereAll({
    ...filters,
    actorIds: several(actorIds) ? undefined : actorIds,
    targetIds: several(targetIds) ? undefined : targetIds,
    tokenIds: several(tokenIds) ? undefined : tokenIds,
    either: undefined,
    ip: isOfRange ? undefined : ip,
  });
  return Prisma.sql`SELECT e.id FROM ${tableOf(filters)} e WHERE ${walk} ORDER BY e.id DESC OFFSET ${width - 1} LIMIT 1`;
}

/** SQL for the events that fit: down to the id `end`, or else the next `width`, newest first. For whoever may see all of the log. */
export function stretchSql(filters: ResolvedFilters, end: string | undefined, width: number): Prisma.Sql {
  const all = Prisma.sql`SELECT * FROM ${tableOf(filters)} e WHERE ${whereAll(filters)}`;
  if (end) return Prisma.sql`${all} AND e.id >= ${end}::uuid ORDER BY e.id DESC`;
  return Prisma.sql`${all} ORDER BY e.id DESC LIMIT ${width}`;
}

/** The part of the log in which all that fits is. */
function tableOf(filters: ResolvedFilters): Prisma.Sql {
  if (!accessesFit(filters)) return tables.operation;
  return operationsFit(filters) ? Prisma.sql`audit_event` : tables.access;
}

function whereAll(filters: ResolvedFilters): Prisma.Sql {
  const { actorIds, targetIds, tokenIds } = filters;
  if (!accessesFit(filters) && !operationsFit(filters)) return Prisma.sql`FALSE`;
  return Prisma.sql`${among('actor_id', actorIds)} AND ${among('subject_id', targetIds)} AND ${among('token_id', tokenIds)}
    AND ${conditions(filters)}`;
}

/** Looked for by a way of its own. A request is found before. */
function isRange({ ip, request }: ResolvedFilters): boolean {
  return Boolean(ip?.includes('/') && !request);
}

function several(ids: string[] | undefined): ids is string[] {
  return ids !== undefined && ids.length > 1;
}

function among(column: 'token_id' | 'subject_id' | 'actor_id', ids: string[] | undefined): Prisma.Sql {
  if (!ids) return Prisma.sql`TRUE`;
  const [only] = ids;
  if (only && ids.length === 1) return Prisma.sql`e.${Prisma.raw(column)} = ${only}::uuid`;
  return Prisma.sql`e.${Prisma.raw(column)} = ANY(${ids}::uuid[])`;
}

function conditions({ event, either, bySystem, outcome, reason, ip, request, from, until, cursor }: ResolvedFilters): Prisma.Sql {
  const all: Prisma.Sql[] = [];
  if (cursor) all.push(cursor.newer ? Prisma.sql`e.id > ${cursor.id}::uuid` : Prisma.sql`e.id < ${cursor.id}::uuid`);
  if (from) all.push(Prisma.sql`e.id >= ${firstId(from)}::uuid`);
  if (until) all.push(Prisma.sql`e.id < ${firstId(until)}::uuid`);
  if (event) all.push(eventSql(event));
  if (either) {
    const { userIds, tokenIds } = either;
    all.push(
      Prisma.sql`(e.actor_id = ANY(${userIds}::uuid[]) OR e.subject_id = ANY(${userIds}::uuid[]) OR e.token_id = ANY(${tokenIds}::uuid[]))`,
    );
  }
  if (bySystem) all.push(Prisma.sql`e.actor_type = 'system'`);
  // Said in the words of the partial index, which serves the more frequent one too.
  if (outcome === 'refused' || event === 'token.refused') all.push(Prisma.sql`e.outcome = 'refused'`);
  if (outcome === 'ok') all.push(Prisma.sql`e.outcome = 'ok'`);
  if (reason) all.push(Prisma.sql`e.reason = ${reason}`);
  if (request) all.push(Prisma.sql`e.id = ANY(${idsOf(request)})`);
  if (ip) all.push(ip.includes('/') ? Prisma.sql`e.ip <<= ${ip}::inet` : Prisma.sql`e.ip = ${ip}::inet`);
  return all.length ? Prisma.join(all, ' AND ') : Prisma.sql`TRUE`;
}

/** SQL for rows `e` of an event, or of a group of them. */
export function eventSql(event: EventFilter): Prisma.Sql {
  return isGroup(event) ? Prisma.sql`e.event = ANY(${eventsOf(event)}::text[])` : Prisma.sql`e.event = ${event}`;
}

/** SQL for rows `e` of a kind. */
export function kindSql(kind: EventKind): Prisma.Sql {
  return kind === 'access' ? Prisma.sql`e.event = ANY(${accessEvents}::text[])` : Prisma.sql`e.event <> ALL(${accessEvents}::text[])`;
}

// More than happens in one request, unless a proxy gives the same id to all of them.
const MOST_OF_A_REQUEST = 10_000;

/**
 * The ids of a request's events, found first, by its own index: an OR over two columns would be in no order. An access has no request id
 * but its own, and any event is found by its own.
 */
function idsOf(request: string): Prisma.Sql {
  const own = uuid.safeParse(request).data;
  const found = Prisma.sql`ARRAY(SELECT r.id FROM ${tables.operation} r WHERE r.request_id = ${own ?? request} ORDER BY r.id DESC LIMIT ${MOST_OF_A_REQUEST})`;
  return own ? Prisma.sql`${found} || ${own}::uuid` : found;
}
