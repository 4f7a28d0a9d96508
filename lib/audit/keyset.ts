import type { AuditCursor, AuditFilters } from '@/lib/audit/filters';
import { Prisma } from '@/lib/generated/prisma/client';
import { type Actor, can } from '@/lib/permissions/permissions';

/** Filters with names resolved to ids and times to moments. */
export type ResolvedFilters = Pick<AuditFilters, 'event' | 'outcome' | 'ip' | 'from' | 'until' | 'cursor'> & {
  actorIds?: string[];
  tokenIds?: string[];
};

/**
 * SQL that gives at most `limit` events (`SELECT *`, in the order of reading) of what `actor` may see. It is a union of
 * streams, each of which follows one index in the order of ids and stops at `limit`: no sorting of a large set, no count.
 */
export function keysetSql(actor: Actor, filters: ResolvedFilters, limit: number): Prisma.Sql {
  const end = ending(filters.cursor, limit);
  return Prisma.sql`SELECT * FROM (${Prisma.join(streams(actor, filters, end), ' UNION ALL ')}) e ${end}`;
}

function ending(cursor: AuditCursor | undefined, limit: number): Prisma.Sql {
  return cursor?.newer ? Prisma.sql`ORDER BY e.id ASC LIMIT ${limit}` : Prisma.sql`ORDER BY e.id DESC LIMIT ${limit}`;
}

function streams(actor: Actor, filters: ResolvedFilters, end: Prisma.Sql): Prisma.Sql[] {
  if (can(actor, 'audit.read_all')) return [stream(filters, end)];
  const me = actor.userId;
  // Two index scans instead of an OR, which no index answers in order. The second leaves out what the first has.
  const done = stream({ ...filters, actorIds: filters.actorIds ? filters.actorIds.filter((id) => id === me) : [me] }, end);
  const concerned = Prisma.sql`(SELECT * FROM audit_event e
    WHERE e.subject_id = ${me}::uuid AND e.actor_id IS DISTINCT FROM ${me}::uuid
      AND ${among('actor_id', filters.actorIds)} AND ${among('token_id', filters.tokenIds)} AND ${conditions(filters)} ${end})`;
  return [done, concerned];
}

/**
 * With one token or actor, or with an address, the planner knows best. Several go through the index one by one, each in
 * order and no further than `limit`: together they may be most of the log.
 */
function stream({ actorIds, tokenIds, ...filters }: ResolvedFilters, end: Prisma.Sql): Prisma.Sql {
  const rest = conditions(filters);
  // Several people of one token are found among that token's events.
  const keys = tokenIds ?? actorIds;
  if (!several(keys) || filters.ip) {
    return Prisma.sql`(SELECT * FROM audit_event e
      WHERE ${among('actor_id', actorIds)} AND ${among('token_id', tokenIds)} AND ${rest} ${end})`;
  }
  const column = Prisma.raw(tokenIds ? 'token_id' : 'actor_id');
  const others = tokenIds ? among('actor_id', actorIds) : Prisma.sql`TRUE`;
  return Prisma.sql`(SELECT e.* FROM unnest(${keys}::uuid[]) AS key(id)
    CROSS JOIN LATERAL (SELECT * FROM audit_event e WHERE e.${column} = key.id AND ${others} AND ${rest} ${end}) e ${end})`;
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

function conditions({ event, outcome, ip, from, until, cursor }: ResolvedFilters): Prisma.Sql {
  const all: Prisma.Sql[] = [];
  if (cursor) all.push(cursor.newer ? Prisma.sql`e.id > ${cursor.id}::uuid` : Prisma.sql`e.id < ${cursor.id}::uuid`);
  if (from) all.push(Prisma.sql`e.id >= ${firstId(from)}::uuid`);
  if (until) all.push(Prisma.sql`e.id < ${firstId(until)}::uuid`);
  if (event) all.push(Prisma.sql`e.event = ${event}`);
  // A use is never refused. Said in the words of the partial indexes, so that they serve under any plan.
  if ((event && event !== 'token.used') || outcome === 'refused') all.push(Prisma.sql`e.event <> 'token.used'`);
  if (outcome) all.push(outcome === 'refused' ? Prisma.sql`e.outcome = 'refused'` : Prisma.sql`e.outcome = 'ok'`);
  if (ip) all.push(ip.includes('/') ? Prisma.sql`e.ip <<= ${ip}::inet` : Prisma.sql`e.ip = ${ip}::inet`);
  return all.length ? Prisma.join(all, ' AND ') : Prisma.sql`TRUE`;
}

const LAST_MOMENT = 2 ** 48 - 1;

/** The least UUIDv7 of that moment: ids order the log by time, so times are asked for as ids. */
function firstId(at: Date): string {
  const hex = Math.min(Math.max(at.getTime(), 0), LAST_MOMENT).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
