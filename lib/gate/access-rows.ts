import type { Pool } from 'pg';
import type { RefusalReason } from '@/lib/audit/schema';
import { momentOf, newId } from '@/lib/id';

/** One request to the gate, as the log keeps it. `at` is milliseconds since 1970 by the database's clock. */
export type Access = {
  /** Of the event and of the request: one UUIDv7 made from `at`. */
  id: string;
  at: number;
  tokenId: string | null;
  ownerId: string | null;
  /** Which of the token's values was shown, if it is a replaced one. */
  generation: number | null;
  /** Null: it passed. */
  reason: RefusalReason | null;
  ip: string | null;
  userAgent: string | null;
  subject: string | null;
  /** The scopes that the gateway asked for, separated by spaces; null when it asked for none. */
  scopes: string | null;
};

/**
 * What an access was judged by: it is stored only if that still holds. `version`: of all grants; null where another one is no reason against it.
 * `expiresAt`: the end of the value shown; null: it has none.
 */
export type Guard = { version: number | null; expiresAt: number | null };

export type Guarded = Access & { guard?: Guard };

/** As the log stores it. `firstTry`: the insert in which it was first sent, which may have stored it even if it was given up. */
export type Row = Guarded & { count: number; firstTry?: number };

/** What the database says of the version of all grants and of the time, and when (performance.now()) it was asked. */
export type Current = { version: number; now: number; askedAt: number };

// The rows, and in the same statement the proof that those who pass may: the version of all grants is still the one that they were
// judged at, and their tokens have not expired. Refusals need none. What is stored is
// one leaf of the ledger, which lib/audit/ledger seals a moment later.
const insert = (name: string, onConflict: string) => ({
  name,
  text: `
    WITH current AS MATERIALIZED (
      SELECT version::float8 AS version, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now FROM grant_version
    ), stored AS (
      INSERT INTO audit_event (id, at, event, actor_type, actor_id, token_id, outcome, reason, ip, user_agent, request, count, generation, leaf_id, scopes)
      SELECT id, to_timestamp(at / 1000.0), CASE WHEN reason IS NULL THEN 'token.used' ELSE 'token.refused' END, 'token', actor_id,
             token_id, CASE WHEN reason IS NULL THEN 'ok' ELSE 'refused' END::outcome, reason, ip, user_agent, request, count,
             generation, nullif($13::uuid, $14::uuid), scopes
      FROM current, unnest($1::uuid[], $2::float8[], $3::uuid[], $4::uuid[], $5::text[], $6::inet[], $7::text[], $8::text[], $9::int[],
                           $10::float8[], $11::float8[], $12::int[], $15::text[])
        AS access(id, at, actor_id, token_id, reason, ip, user_agent, request, count, version, expires_at, generation, scopes)
      WHERE (access.version IS NULL OR access.version = current.version) AND (expires_at IS NULL OR expires_at > current.now)
      ${onConflict}
      RETURNING 1
    ), pending AS (
      INSERT INTO audit_pending (leaf_id, last_id, events) SELECT $13::uuid, $14::uuid, count(*) FROM stored HAVING count(*) > 0
    )
    SELECT version, now FROM current`,
  query_timeout: 1800,
});

const INSERT = insert('gate-access-log', '');
// What is tried again after a time-out may be there already: its id says so. (Asking that of every row costs a part of its insert.)
const INSERT_AGAIN = insert('gate-access-log-again', 'ON CONFLICT DO NOTHING');

/** Stores rows as one leaf of the ledger; `again`: some of them may be there already. Those whose guard does not hold are left out. */
export async function storeRows(pool: Pool, rows: readonly Row[], again = false): Promise<Current> {
  const column = <T>(value: (row: Row) => T) => rows.map(value);
  // Ids and numbers need no quoting: written as PostgreSQL's array literal they cost a fraction of the driver's own way.
  const plain = (value: (row: Row) => string | number | null) => `{${rows.map((row) => value(row) ?? 'NULL').join()}}`;
  const askedAt = performance.now();
  const { rows: answer } = await pool.query<Omit<Current, 'askedAt'>>({
    ...(again ? INSERT_AGAIN : INSERT),
    values: [
      plain((row) => row.id),
      plain((row) => Math.floor(row.at)),
      plain((row) => row.ownerId),
      plain((row) => row.tokenId),
      plain((row) => row.reason),
      plain((row) => row.ip),
      column((row) => row.userAgent),
      column((row) => row.subject),
      plain((row) => row.count),
      plain((row) => row.guard?.version ?? null),
      plain((row) => row.guard?.expiresAt ?? null),
      plain((row) => row.generation),
      ...leafOf(rows),
      column((row) => row.scopes),
    ],
  });
  return { ...(answer[0] as Omit<Current, 'askedAt'>), askedAt };
}

/**
 * The leaf that these rows become, and the greatest of their ids. A row alone is a leaf by itself, under its own id; the id of several
 * sorts before all of theirs, and is new also where they are tried again.
 */
function leafOf(rows: readonly { id: string }[]): [leafId: string, lastId: string] {
  let [first, last] = [rows[0]?.id ?? '', rows[0]?.id ?? ''];
  for (const { id } of rows) {
    if (id < first) first = id;
    else if (id > last) last = id;
  }
  return [first === last ? first : newId(momentOf(first) - 1), last];
}

/** Whether an access with this guard was stored: the same condition as the INSERT's own. */
export function holds({ version, expiresAt }: Guard, current: Current): boolean {
  return (version === null || version === current.version) && (expiresAt === null || expiresAt > current.now);
}
