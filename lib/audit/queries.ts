import type { ClientBase } from 'pg';
import { type AuditFilters, cursorText } from '@/lib/audit/filters';
import { EVENTS_PER_PAGE, keysetSql, type ResolvedFilters } from '@/lib/audit/keyset';
import { matchAny, matchTokens, matchUsers } from '@/lib/audit/names';
import type { AuditPage, AuditProblems, AuditRow, Changes, Outcome } from '@/lib/audit/schema';
import { isSystem } from '@/lib/audit/search';
import { databaseNow, pool } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { Prisma } from '@/lib/generated/prisma/client';
import { firstId, uuid } from '@/lib/id';
import { type Actor, can } from '@/lib/permissions/permissions';

/**
 * One page of the log, newest first: auditors and administrators see all, members what they or their tokens did and
 * what was done to them. A name that too many people or tokens have is a problem, not a page.
 */
export async function listAuditEvents(actor: Actor, filters: AuditFilters): Promise<AuditPage> {
  const { resolved, problems } = await resolveFilters(actor, filters);
  if (!resolved) return { rows: [], olderCursor: null, newerCursor: null, problems };
  const found = await readEvents(keysetSql(actor, resolved));
  const more = found.length > EVENTS_PER_PAGE;
  const { cursor, ...first } = filters;
  // Nothing newer beyond this page: the first page, which is full and has no way further up.
  if (cursor?.newer && !more) return listAuditEvents(actor, first);
  const rows = found.slice(0, EVENTS_PER_PAGE);
  if (cursor?.newer) rows.reverse();
  const [newest, oldest] = [rows[0]?.id, rows.at(-1)?.id];
  return {
    rows,
    olderCursor: oldest && (more || cursor?.newer) ? cursorText({ id: oldest, newer: false }) : null,
    newerCursor: cursor ? cursorText({ id: newest ?? cursor.id, newer: true }) : null,
    problems,
  };
}

/** One event. Refuses `not_found`, also for what the actor may not see. */
export async function getAuditEvent(actor: Actor, id: string): Promise<AuditRow> {
  const row = await findAuditEvent(actor, id);
  if (!row) throw new AppError('not_found');
  return row;
}

/** The event of that id; null for one that the actor may not see, that does not exist, and for what is no id. */
export async function findAuditEvent(actor: Actor, text: string): Promise<AuditRow | null> {
  const id = uuid.safeParse(text).data;
  if (!id) return null;
  const mine = Prisma.sql`(actor_id = ${actor.userId}::uuid OR subject_id = ${actor.userId}::uuid)`;
  const visible = can(actor, 'audit.read_all') ? Prisma.sql`TRUE` : mine;
  const [row] = await readEvents(Prisma.sql`SELECT * FROM audit_event WHERE id = ${id}::uuid AND ${visible}`);
  return row ?? null;
}

/** How many events of a kind are from before a moment, counted up to `most`. Whoever calls has made sure who may know. */
export async function countBefore(kind: 'access' | 'operation', before: Date, most: number): Promise<number> {
  const { rows } = await pool().query<{ n: number }>(
    `SELECT count(*)::int AS n FROM (SELECT FROM audit_log.${kind} WHERE id < $1 AND event <> 'audit.pruned' LIMIT $2) e`,
    [firstId(before), most],
  );
  return rows[0]?.n ?? 0;
}

/** Filters with names made ids and ranges made moments; those with a name that too many have are a problem instead. */
export async function resolveFilters(
  actor: Actor,
  { q, actor: who, target, token, from, within, ...rest }: AuditFilters,
): Promise<{ resolved?: ResolvedFilters; problems: AuditProblems }> {
  const bySystem = (who !== undefined && isSystem(who)) || undefined;
  const by = bySystem ? undefined : who;
  const [either, actorIds, targetIds, tokenIds, now] = await Promise.all([
    q === undefined ? undefined : matchAny(actor, q),
    by === undefined ? undefined : matchUsers(actor, by),
    target === undefined ? undefined : matchUsers(actor, target),
    token === undefined ? undefined : matchTokens(actor, token),
    within === undefined ? undefined : databaseNow(),
  ]);
  const problems: AuditProblems = {};
  if (q !== undefined && !either) problems.q = 'too_many_matches';
  if (by !== undefined && !actorIds) problems.actor = 'too_many_people';
  if (target !== undefined && !targetIds) problems.target = 'too_many_people';
  if (token !== undefined && !tokenIds) problems.token = 'too_many_tokens';
  if (Object.keys(problems).length > 0) return { problems };
  const since = within && now ? now.getTime() - within : 0;
  const start = from || since ? new Date(Math.max(from?.getTime() ?? 0, since)) : undefined;
  return { resolved: { ...rest, from: start, either, bySystem, actorIds, targetIds, tokenIds }, problems };
}

type RawRow = {
  id: string;
  at: Date;
  event: string;
  actor_type: AuditRow['actorType'];
  actor_id: string | null;
  actor_name: string | null;
  actor_email: string | null;
  subject_id: string | null;
  subject_name: string | null;
  subject_email: string | null;
  token_id: string | null;
  token_name: string | null;
  token_hint: string | null;
  token_owner_id: string | null;
  token_deleted: boolean | null;
  outcome: Outcome;
  reason: string | null;
  ip: string | null;
  user_agent: string | null;
  request_id: string | null;
  request: string | null;
  scopes: string | null;
  changes: Changes | null;
  count: number;
  generation: number | null;
};

/** What reads many events: the pool, or a connection of its own. */
export type Database = Pick<ClientBase, 'query'>;

/** Runs `events` (SQL for rows of audit_event) and adds the names, in the same order. Whoever calls has made sure who may see them. */
export async function readEvents(events: Prisma.Sql, database: Database = pool()): Promise<AuditRow[]> {
  // By the driver itself: through Prisma, an export would keep the process three times as busy.
  const { text, values } = Prisma.sql`
    SELECT e.id, e.at, e.event, e.actor_type::text, e.actor_id, a.name AS actor_name, a.email AS actor_email,
           e.subject_id, s.name AS subject_name, s.email AS subject_email,
           e.token_id, t.name AS token_name, t.hint AS token_hint, t.owner_id AS token_owner_id, t.deleted_at IS NOT NULL AS token_deleted,
           e.outcome::text, e.reason, host(e.ip) AS ip, e.user_agent,
           coalesce(e.request_id, CASE WHEN e.actor_type = 'token' THEN e.id::text END) AS request_id, e.request, e.scopes, e.changes, e.count, e.generation
    FROM (SELECT *, row_number() OVER () AS place FROM (${events}) e) e
    LEFT JOIN "user" a ON a.id = e.actor_id
    LEFT JOIN "user" s ON s.id = e.subject_id
    LEFT JOIN token t ON t.id = e.token_id
    ORDER BY e.place`;
  const { rows } = await database.query<RawRow>(text, values);
  return rows.map(toRow);
}

function toRow(row: RawRow): AuditRow {
  return {
    id: row.id,
    at: row.at.toISOString(),
    event: row.event,
    actorType: row.actor_type,
    actor: row.actor_id ? { id: row.actor_id, name: row.actor_name ?? row.actor_id, email: row.actor_email ?? '' } : null,
    target: row.subject_id ? { id: row.subject_id, name: row.subject_name ?? row.subject_id, email: row.subject_email ?? '' } : null,
    token: row.token_id
      ? {
          id: row.token_id,
          name: row.token_name ?? row.token_id,
          hint: row.token_hint ?? '',
          ownerId: row.token_owner_id ?? '',
          deleted: row.token_deleted ?? false,
        }
      : null,
    outcome: row.outcome,
    reason: row.reason,
    ip: row.ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    request: row.request,
    scopes: row.scopes?.split(' ') ?? [],
    changes: row.changes,
    count: row.count,
    generation: row.generation,
  };
}
