import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { countWithin } from '@/lib/audit/count';
import { exportPieces } from '@/lib/audit/export-pieces';
import { type ExportedBy, recordEnd } from '@/lib/audit/export-record';
import { readSizes } from '@/lib/audit/exports/schema';
import { KEPT_FOR, MOST_OF_ALL, MOST_OF_ONE } from '@/lib/audit/exports/values';
import { type ResolvedFilters, stretchSql } from '@/lib/audit/keyset';
import type { ExportFormat } from '@/lib/audit/schema';
import { transaction } from '@/lib/db';
import { can, type Origin, type Role } from '@/lib/permissions/permissions';

const zip = promisify(gzip);

// "exports" in ASCII: held by whoever makes one, on the connection on which it is written.
const TURN = '28559166461768819';
// Bytes of the file in one chunk, before they are compressed.
const CHUNK = 2 ** 20;
// After each piece the gate, in the same process, and the database have so many milliseconds for something else.
const REST = 5;
const MOST_FAILURES = 3;
// What a page says of how far it is need not be exact beyond this, nor cost more time than this (in milliseconds).
const COUNTED = 10_000_000;
const COUNT_FOR = 5000;

type Job = {
  id: string;
  ownerId: string;
  origin: Origin;
  eventId: string;
  format: ExportFormat;
  filters: ResolvedFilters;
  earlier: string | null;
  run: number;
  done: number;
};

/** Why an export ends without a file. */
type Failure = 'revoked' | 'too_large' | 'failed';

/**
 * One round of the background: makes the export that was asked for first, on this connection alone, and in as much memory for each. One that was
 * left in the middle is begun anew; after the third time it has failed. True: there may be another.
 */
export async function makeNextExport(client: ClientBase, signal: AbortSignal, log: Logger): Promise<boolean> {
  if (signal.aborted || !(await takesTurn(client))) return false;
  try {
    await giveUpLost(client, log);
    const job = await claimNext(client);
    if (!job) return false;
    await make(job, client, signal, log);
    return !signal.aborted;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TURN]);
  }
}

/** What runs while nobody else can have the turn was left by a process that is gone, or threw. */
async function giveUpLost(client: ClientBase, log: Logger): Promise<void> {
  await client.query(`UPDATE audit_export SET state = 'queued', failures = failures + 1 WHERE state = 'running'`);
  const { rows } = await client.query<Job>(`SELECT ${COLUMNS} FROM audit_export WHERE state = 'queued' AND failures >= ${MOST_FAILURES}`);
  for (const job of rows) await end(job, 'queued', 'failed', log);
}

async function claimNext(client: ClientBase): Promise<Job | undefined> {
  const { rows } = await client.query<Job>(`
    UPDATE audit_export SET state = 'running', run = run + 1, done = 0, total = NULL, size = 0, stored = 0, chunks = 0
    WHERE id = (SELECT id FROM audit_export WHERE state = 'queued' ORDER BY asked_at, id LIMIT 1) AND state = 'queued'
    RETURNING ${COLUMNS}`);
  return rows[0];
}

const COLUMNS = `id, owner_id AS "ownerId", origin, event_id AS "eventId", format, filters, earlier, run, done::float8 AS done`;

async function make(job: Job, client: ClientBase, signal: AbortSignal, log: Logger): Promise<void> {
  const filters = withMoments(job.filters);
  const total = await countWithin(stretchSql(filters, undefined, COUNTED), COUNT_FOR, client);
  await client.query('UPDATE audit_export SET total = $3 WHERE id = $1 AND run = $2', [job.id, job.run, total === COUNTED ? null : total]);
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const { bytes, events, sha256 } of exportPieces(filters, job.eventId, job.format, readSizes(job.earlier), client)) {
    waiting.push(bytes);
    length += bytes.length;
    if (length >= CHUNK || sha256) {
      const failure = await whyNot(job, client);
      if (failure) return end(job, 'running', failure, log);
      // Cancelled: nobody wants the rest.
      if (!(await store(job, client, Buffer.concat(waiting), events))) return;
      waiting = [];
      length = 0;
    }
    if (sha256) return finish(job, events, sha256, log);
    if (signal.aborted) return void (await giveBack(job, client));
    await sleep(REST);
  }
}

/** Adds a chunk and says how far it is: both or neither, and only while it is this run's. */
async function store({ id, run }: Job, client: ClientBase, bytes: Buffer, events: number): Promise<boolean> {
  const zipped = await zip(bytes, { level: constants.Z_BEST_SPEED });
  const { rowCount } = await client.query(
    `WITH kept AS (
       UPDATE audit_export SET done = $3, size = size + $4, stored = stored + $5, chunks = chunks + 1
       WHERE id = $1 AND run = $2 AND state = 'running' RETURNING chunks
     ) INSERT INTO audit_export_chunk (export_id, run, number, bytes) SELECT $1, $2, chunks - 1, $6 FROM kept`,
    [id, run, events, bytes.length, zipped.length, zipped],
  );
  return rowCount === 1;
}

/** Whose export it is must still be allowed to have it, and there must be room. */
async function whyNot({ id, ownerId }: Job, client: ClientBase): Promise<Failure | undefined> {
  const { rows } = await client.query<{ role: Role; disabled: boolean; own: number; all: number }>(
    `SELECT u.role::text AS role, u.disabled_at IS NOT NULL AS disabled, e.stored::float8 AS own,
       (SELECT sum(stored) FROM audit_export WHERE state IN ('running', 'done') AND (expires_at IS NULL OR expires_at > clock_timestamp()))::float8 AS all
     FROM audit_export e JOIN "user" u ON u.id = e.owner_id WHERE e.id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row || row.disabled || !can({ userId: ownerId, role: row.role }, 'audit.export')) return 'revoked';
  if (row.own >= MOST_OF_ONE || row.all >= MOST_OF_ALL) return 'too_large';
}

/** The process stops: the next leader begins it anew, and that is no failure. */
async function giveBack({ id, run }: Job, client: ClientBase): Promise<void> {
  await client.query(`UPDATE audit_export SET state = 'queued' WHERE id = $1 AND run = $2 AND state = 'running'`, [id, run]);
}

/** From here on it can be downloaded. Its end is recorded with that, or it is not done. */
async function finish(job: Job, events: number, sha256: string, log: Logger): Promise<void> {
  const isDone = await transaction(async (tx, now) => {
    const { count } = await tx.auditExport.updateMany({
      where: { id: job.id, run: job.run, state: 'running' },
      data: { state: 'done', sha256, total: events, endedAt: now, expiresAt: new Date(now.getTime() + KEPT_FOR) },
    });
    if (count === 1) await recordEnd(tx, now, byOf(job), job.format, { events, sha256 });
    return count === 1;
  });
  if (isDone) log.info({ exportId: job.id, userId: job.ownerId, events }, 'an export of the audit log was made');
}

async function end(job: Job, from: 'queued' | 'running', reason: Failure, log: Logger): Promise<void> {
  const isEnded = await transaction(async (tx, now) => {
    const row = await tx.auditExport.findUnique({ where: { id: job.id }, select: { done: true } });
    const { count } = await tx.auditExport.updateMany({
      where: { id: job.id, run: job.run, state: from },
      data: { state: 'failed', reason, endedAt: now, expiresAt: new Date(now.getTime() + KEPT_FOR) },
    });
    if (count === 1) await recordEnd(tx, now, byOf(job), job.format, { events: Number(row?.done ?? 0), broken: reason });
    return count === 1;
  });
  if (isEnded) log.warn({ exportId: job.id, userId: job.ownerId, reason }, 'an export of the audit log was not made');
}

function byOf({ ownerId, origin }: Job): ExportedBy {
  return { userId: ownerId, origin };
}

/** Filters from the database, where moments are text. */
function withMoments({ from, until, ...filters }: ResolvedFilters): ResolvedFilters {
  return { ...filters, from: from && new Date(from), until: until && new Date(until) };
}

async function takesTurn(client: ClientBase): Promise<boolean> {
  return (await client.query('SELECT pg_try_advisory_lock($1) AS taken', [TURN])).rows[0].taken;
}
