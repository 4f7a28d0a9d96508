import { limitConcurrency } from '@/lib/concurrency';
import { pool } from '@/lib/db';
import { newId } from '@/lib/id';
import { runtime } from '@/lib/runtime';
import { type Batch, messageId, type Place, readBatch } from '@/lib/streams/batch';
import { problemOf, type SendError } from '@/lib/streams/problem';
import { send, type Target } from '@/lib/streams/send';
import { MOST_STREAMS } from '@/lib/streams/values';

// Events in a batch: as many as the export reads at a time, so that the gate, in the same process, does not wait long for its turn.
const BATCH = 250;
// In seconds: 1, 2, 4, … up to this between two tries, less a random part so that streams do not come back all at once.
const LONGEST_PAUSE = 300;
// So often a batch is refused for good before it is left out, and so many may be left out before the stream waits instead.
const TRIES = 5;
export const MOST_DEAD_LETTERS = 100;

// Streams that catch up all at once must not take every connection from the gate.
const reading = limitConcurrency(2, MOST_STREAMS * 2);

type Due = Target & { name: string; position: string; skip: number; batch: number; attempts: number };

/**
 * Sends the next batch of a stream that is due, and moves its position once the target has taken it: at least once, in order. True: there may be
 * more at once. What fails is noted in the stream's row, with the moment of the next try; a restart goes on from there.
 */
export async function deliverNext(id: string, signal: AbortSignal): Promise<boolean> {
  const stream = await readDue(id);
  if (!stream) return false;
  const at = { position: BigInt(stream.position), skip: stream.skip };
  // The batch that failed, or was on its way when the process died, is sent again as it was: under one id, the same events.
  const batch = await reading(() => readBatch(at, stream.batch || BATCH));
  if (batch.size === 0) return false;
  if (!(await update(id, at, 'batch = $4', batch.size))) return false;
  try {
    if (batch.rows.length > 0) {
      await send(stream, { id: messageId(id, at, batch.size), type: 'audit.events', rows: batch.rows }, signal);
    }
  } catch (error) {
    // Ended by this process and not by the target: not a try.
    if (signal.aborted) return false;
    return noteFailure(stream, at, batch, problemOf(error));
  }
  if (stream.attempts > 0) runtime().log.info({ stream: stream.name }, 'stream works again');
  return update(id, at, `${MOVED}, delivered_at = clock_timestamp()`, batch.to.position, batch.to.skip);
}

const MOVED = 'position = $4, skip = $5, batch = 0, attempts = 0, failing_since = NULL, next_try_at = NULL, last_error = NULL';

async function readDue(id: string): Promise<Due | undefined> {
  const { rows } = await pool().query<Due>(
    `SELECT id, kind::text AS kind, name, settings, secret, position, skip, batch, attempts FROM sink
     WHERE id = $1 AND enabled AND (next_try_at IS NULL OR next_try_at <= clock_timestamp())`,
    [id],
  );
  return rows[0];
}

/** Changes the stream's row if it still stands at `at`: of two processes that believe they lead, one moves it. */
async function update(id: string, { position, skip }: Place, set: string, ...values: unknown[]): Promise<boolean> {
  const where = 'id = $1 AND position = $2 AND skip = $3';
  const { rowCount } = await pool().query(`UPDATE sink SET ${set} WHERE ${where}`, [id, position, skip, ...values]);
  return rowCount === 1;
}

async function noteFailure(stream: Due, at: Place, batch: Batch, error: SendError): Promise<boolean> {
  const tries = stream.attempts + 1;
  if (stream.attempts === 0) runtime().log.warn({ stream: stream.name, reason: error.message }, 'stream fails; it is tried again');
  if (error.isFinal && tries >= TRIES && (await leaveOut(stream, at, batch, error))) return true;
  const pause = Math.max(Math.min(2 ** (tries - 1), LONGEST_PAUSE) * (1 - Math.random() / 2), error.retryAfter);
  await update(
    stream.id,
    at,
    `attempts = $4, last_error = $5, failing_since = coalesce(failing_since, clock_timestamp()),
     next_try_at = clock_timestamp() + $6 * interval '1 second'`,
    tries,
    error.message,
    pause,
  );
  return false;
}

/** Puts a refused batch aside and goes on behind it, both or neither. False when there are too many of them already. */
async function leaveOut({ id, name }: Due, at: Place, { size, to }: Batch, error: SendError): Promise<boolean> {
  const { rowCount } = await pool().query(
    `WITH moved AS (
       UPDATE sink SET ${MOVED}
       WHERE id = $1 AND position = $2 AND skip = $3 AND (SELECT count(*) FROM sink_dead_letter WHERE sink_id = $1) < ${MOST_DEAD_LETTERS}
       RETURNING id
     )
     INSERT INTO sink_dead_letter (id, sink_id, position, skip, batch, error, at)
     SELECT $6, id, $2, $3, $7, $8, clock_timestamp() FROM moved`,
    [id, at.position, at.skip, to.position, to.skip, newId(Date.now()), size, error.message],
  );
  if (rowCount === 1) runtime().log.warn({ stream: name, events: size, reason: error.message }, 'stream: a batch was refused and left out');
  return rowCount === 1;
}
