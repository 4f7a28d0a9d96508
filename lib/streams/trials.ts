import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import type { AuditRow, Changes } from '@/lib/audit/schema';
import { limitConcurrency } from '@/lib/concurrency';
import { db, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { newId } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { messageId, readBatch } from '@/lib/streams/batch';
import { named } from '@/lib/streams/commands';
import { problemOf, readProblem, type SendProblem } from '@/lib/streams/problem';
import type { StreamEvents, StreamSettings, streamIdInput } from '@/lib/streams/schema';
import { encoderOf, type Parcel, send, type Target } from '@/lib/streams/send';

// Each may take as long as a target is given: so many at once, so many waiting.
const limited = limitConcurrency(4, 16);

// Recorded before anything goes out: what cannot be recorded is not sent.

/** Sends one made-up event, which is not in the log, to a stream's target now; gives why it was not taken, or null. */
export async function testStream(actor: Actor, { id }: z.infer<typeof streamIdInput>): Promise<SendProblem | null> {
  authorize(actor, 'policy.write');
  const stream = await db().sink.findUnique({ where: { id }, select: target });
  if (!stream) throw new AppError('not_found');
  const askedAt = await transaction(async (tx, now) => {
    await record(tx, now, actor, { event: 'stream.tested', changes: named(stream.name) });
    return now;
  });
  return attempt(stream, { id: `msg_${newId(askedAt)}`, type: 'audit.test', encoded: [encoderOf(stream.kind)(testEvent(actor, askedAt))] });
}

/** Sends a refused batch again, under the id that it had; once it is taken it is refused no more. Gives why it was not, or null. */
export async function resendBatch(actor: Actor, { id }: z.infer<typeof streamIdInput>): Promise<SendProblem | null> {
  authorize(actor, 'policy.write');
  const batch = await findBatch(id);
  const at = { position: batch.position, skip: batch.skip };
  const events = batch.events as StreamEvents;
  const wanted = { events, most: batch.batch, bytes: Number.POSITIVE_INFINITY, encode: encoderOf(batch.sink.kind) };
  const { encoded } = await readBatch(at, wanted);
  const changes: Changes = { ...named(batch.sink.name), refusedEvents: [batch.batch, batch.batch] };
  await transaction((tx, now) => record(tx, now, actor, { event: 'stream.resent', changes }));
  const problem = await attempt(batch.sink, { id: messageId(batch.sink.id, at, batch.batch, events), type: 'audit.events', encoded });
  if (!problem) await db().sinkDeadLetter.deleteMany({ where: { id } });
  return problem;
}

/** Gives a refused batch up: its events stay in the log, and are not sent there. */
export async function discardBatch(actor: Actor, { id }: z.infer<typeof streamIdInput>): Promise<void> {
  authorize(actor, 'policy.write');
  const { sink, batch } = await findBatch(id);
  await transaction(async (tx, now) => {
    const { count } = await tx.sinkDeadLetter.deleteMany({ where: { id } });
    // Somebody sent or discarded it in the meantime.
    if (count === 0) throw new AppError('not_found');
    await record(tx, now, actor, { event: 'stream.changed', changes: { ...named(sink.name), refusedEvents: [batch, 0] } });
  });
}

const target = { id: true, kind: true, name: true, settings: true, secret: true } as const;

async function findBatch(id: string) {
  const select = { position: true, skip: true, batch: true, events: true, sink: { select: target } } as const;
  const batch = await db().sinkDeadLetter.findUnique({ where: { id }, select });
  if (!batch) throw new AppError('not_found');
  return batch;
}

function attempt(stream: Omit<Target, 'settings'> & { settings: unknown }, parcel: Parcel): Promise<SendProblem | null> {
  return limited(async () => {
    try {
      await send({ ...stream, settings: stream.settings as StreamSettings }, parcel);
      return null;
    } catch (error) {
      return readProblem(problemOf(error).message);
    }
  });
}

function testEvent({ userId, name, email, origin }: Actor, now: Date): AuditRow {
  return {
    id: newId(now),
    at: now.toISOString(),
    event: 'stream.test',
    actorType: 'user',
    actor: { id: userId, name, email },
    target: null,
    token: null,
    outcome: 'ok',
    reason: null,
    ...origin,
    request: null,
    scopes: [],
    changes: null,
    count: 1,
    generation: null,
  };
}
