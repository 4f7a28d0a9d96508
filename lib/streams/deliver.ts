import { limitConcurrency } from '@/lib/concurrency';
import { pool } from '@/lib/db';
import { newId } from '@/lib/id';
import { runtime } from '@/lib/runtime';
import type { Agents } from '@/lib/streams/agents';
import { type Batch, messageId, type Place, readBatch } from '@/lib/streams/batch';
import { Pace } from '@/lib/streams/pace';
import { problemOf, type SendError } from '@/lib/streams/problem';
import type { StreamEvents, StreamKind } from '@/lib/streams/schema';
import { encoderOf, send, type Target } from '@/lib/streams/send';
import { MOST_STREAMS } from '@/lib/streams/values';

// The largest batches, in events and in their bytes. Many a server takes no request above a megabyte, with what stands around the events.
const limits: Record<StreamKind, { events: number; bytes: number }> = {
  webhook: { events: 2000, bytes: 990_000 },
  syslog: { events: 10_000, bytes: 8_000_000 },
  file: { events: 10_000, bytes: 8_000_000 },
  stdout: { events: 10_000, bytes: 8_000_000 },
};
// In seconds: 1, 2, 4, … up to this between two tries, less a random part so that streams do not come back all at once.
const LONGEST_PAUSE = 300;
// So often a batch is refused for good before it is left out, and so many may be left out before the stream waits instead.
const TRIES = 5;
export const MOST_DEAD_LETTERS = 100;

// Streams that catch up all at once must not take every connection from the gate.
const reading = limitConcurrency(2, MOST_STREAMS * 2);

type Due = Target & { name: string; events: StreamEvents; position: string; skip: number; batch: number; attempts: number };

/** What a process keeps of a stream from one batch to the next. */
export type Line = { pace: Pace; agents?: Agents };

/**
 * Sends the next batch of a stream that is due, and moves its position once the target has taken it: at least once, in order. True: there may be
 * more at once. What fails is noted in the stream's row, with the moment of the next try; a restart goes on from there.
 */
export async function deliverNext(id: string, signal: AbortSignal, line: Line = { pace: new Pace() }): Promise<boolean> {
  const stream = await readDue(id);
  if (!stream) return false;
  const { events, kind } = stream;
  const at = { position: BigInt(stream.position), skip: stream.skip };
  // The batch that failed, or was on its way when the process died, is sent again as it was: under one id, the same events.
  const size =
    stream.batch > 0 ? { most: stream.batch, bytes: Number.POSITIVE_INFINITY } : { most: line.pace.most, bytes: limits[kind].bytes };
  const batch = await reading(() => readBatch(at, { events, ...size, encode: encoderOf(kind) }));
  // Nothing of it is for this stream, or it is up to date.
  if (batch.size === 0) return batch.to.position > at.position && update(id, at, MOVED, batch.to.position, batch.to.skip);
  if (!(await update(id, at, 'batch = $4', batch.size))) return false;
  const begun = performance.now();
  try {
    if (batch.encoded.length > 0) {
      await send(stream, { id: messageId(id, at, batch.size, events), type: 'audit.events', encoded: batch.encoded }, signal, line.agents);
    }
  } catch (error) {
    // Ended by this process and not by the target: not a try.
    if (signal.aborted) return false;
    return noteFailure(stream, at, batch, problemOf(error), line.pace);
  }
  line.pace.taken(batch.size, performance.now() - begun, limits[kind].events);
  if (stream.attempts > 0) runtime().log.info({ stream: stream.name }, 'stream works again');
  return update(id, at, `${MOVED}, delivered_at = clock_timestamp()`, batch.to.position, batch.to.skip);
}

const MOVED = 'position = $4, skip = $5, batch = 0, attempts = 0, failing_since = NULL, next_try_at = NULL, last_error = NULL';

async function readDue(id: string): Promise<Due | undefined> {
  const { rows } = await pool().query<Due>(
    `SELECT id, kind::text AS kind, name, settings, secret, events, position, skip, batch, attempts FROM sink
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

async function noteFailure(stream: Due, at: Place, batch: Batch, error: SendError, pace: Pace): Promise<boolean> {
  const tries = stream.attempts + 1;
  // Half of it, and half of that, at once: none of them is a try, as no two are the same batch.
  if (error.isTooLarge && batch.size > 1) return update(stream.id, at, 'batch = $4', pace.tooLarge(batch.size));
  if (stream.attempts === 0) runtime().log.warn({ stream: stream.name, reason: error.message }, 'stream fails; it is tried again');
  if (error.isFinal && tries >= TRIES && (await leaveOut(stream, at, batch, error))) return true;
  const pause = Math.max(Math.min(2 ** (tries - 1), LONGEST_PAUSE) * (1 - Math.random() / 2), error.retryAfter);
  // A target that takes too long twice is given less to do.
  const isSlow = error.code === 'timeout' && tries >= 2 && batch.size > 1;
  await update(
    stream.id,
    at,
    `attempts = $4, last_error = $5, failing_since = coalesce(failing_since, clock_timestamp()),
     next_try_at = clock_timestamp() + $6 * interval '1 second', batch = $7`,
    tries,
    error.message,
    pause,
    isSlow ? pace.tooLarge(batch.size) : batch.size,
  );
  return false;
}

/** Puts a refused batch aside and goes on behind it, both or neither. False when there are too many of them already. */
async function leaveOut({ id, name, events }: Due, at: Place, { size, to }: Batch, error: SendError): Promise<boolean> {
  const { rowCount } = await pool().query(
    `WITH moved AS (
       UPDATE sink SET ${MOVED}
       WHERE id = $1 AND position = $2 AND skip = $3 AND (SELECT count(*) FROM sink_dead_letter WHERE sink_id = $1) < ${MOST_DEAD_LETTERS}
       RETURNING id
     )
     INSERT INTO sink_dead_letter (id, sink_id, position, skip, batch, error, events, at)
     SELECT $6, id, $2, $3, $7, $8, $9, clock_timestamp() FROM moved`,
    [id, at.position, at.skip, to.position, to.skip, newId(Date.now()), size, error.message, events],
  );
  if (rowCount === 1) runtime().log.warn({ stream: name, events: size, reason: error.message }, 'stream: a batch was refused and left out');
  return rowCount === 1;
}
