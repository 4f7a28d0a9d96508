import { databaseNow, db } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import { momentOf } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { COUNTED, WAITING } from '@/lib/streams/lag';
import { readProblem } from '@/lib/streams/problem';
import type { RefusedBatch, StreamEvents, StreamKind, StreamRow, StreamSettings } from '@/lib/streams/schema';
import { oldKeyUntil, openSecret } from '@/lib/streams/secrets';
import { streamKinds } from '@/lib/streams/values';

type Found = {
  id: string;
  kind: StreamKind;
  name: string;
  events: StreamEvents;
  settings: StreamSettings;
  enabled: boolean;
  failingSince: Date | null;
  nextTryAt: Date | null;
  lastError: string | null;
  deliveredAt: Date | null;
  refusedBatches: number;
  behind: number;
  leaves: number;
  oldest: string | null;
  secret: Uint8Array | null;
};

/** All streams, with how far each is behind. Refuses who is neither administrator nor auditor. */
export async function listStreams(actor: Actor): Promise<StreamRow[]> {
  authorize(actor, 'policy.read');
  const found = await db().$queryRaw<Found[]>`
    SELECT s.id, s.kind::text AS kind, s.name, s.events, s.settings, s.secret, s.enabled, s.failing_since AS "failingSince", s.next_try_at AS "nextTryAt",
           s.last_error AS "lastError", s.delivered_at AS "deliveredAt",
           (SELECT count(*) FROM sink_dead_letter d WHERE d.sink_id = s.id)::int AS "refusedBatches",
           waiting.events AS behind, waiting.leaves, waiting.oldest::text AS oldest
    FROM sink s CROSS JOIN LATERAL ${Prisma.raw(WAITING)} waiting
    ORDER BY s.name_key`;
  const now = await databaseNow();
  return found.map(({ enabled, lastError, behind, leaves, oldest, secret, ...row }) => ({
    ...row,
    status: !enabled ? 'paused' : row.failingSince ? 'failing' : 'active',
    lag: { events: behind, more: leaves === COUNTED, since: oldest ? new Date(momentOf(oldest)).toISOString() : null },
    problem: lastError === null ? null : readProblem(lastError),
    failingSince: row.failingSince?.toISOString() ?? null,
    nextTryAt: row.nextTryAt?.toISOString() ?? null,
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
    oldKeyUntil: secret && oldKeyUntil(openSecret(runtime().keys.stream, row.id, secret), now),
  }));
}

/** The oldest batches that targets refused for good. Refuses who is neither administrator nor auditor. */
export async function listRefusedBatches(actor: Actor, most = 50): Promise<RefusedBatch[]> {
  authorize(actor, 'policy.read');
  const found = await db().sinkDeadLetter.findMany({
    orderBy: { id: 'asc' },
    take: most,
    select: { id: true, batch: true, error: true, at: true, sink: { select: { name: true } } },
  });
  return found.map(({ id, batch, error, at, sink }) => ({
    id,
    streamName: sink.name,
    at: at.toISOString(),
    events: batch,
    problem: readProblem(error),
  }));
}

/** Where streams can go on this machine: files only where the setting SINK_DIR names a folder. */
export function offeredKinds(): StreamKind[] {
  return streamKinds.filter((kind) => kind !== 'file' || runtime().env.sinkDir !== undefined);
}
