import { databaseNow, db } from '@/lib/db';
import { momentOf } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { readProblem } from '@/lib/streams/problem';
import type { RefusedBatch, StreamKind, StreamRow, StreamSettings } from '@/lib/streams/schema';
import { oldKeyUntil, openSecret } from '@/lib/streams/secrets';
import { streamKinds } from '@/lib/streams/values';

// Leaves looked at to say how many events wait: a larger backlog is "more", whatever its size.
const COUNTED = 10_000;

type Found = {
  id: string;
  kind: StreamKind;
  name: string;
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
    SELECT s.id, s.kind::text AS kind, s.name, s.settings, s.secret, s.enabled, s.failing_since AS "failingSince", s.next_try_at AS "nextTryAt",
           s.last_error AS "lastError", s.delivered_at AS "deliveredAt",
           (SELECT count(*) FROM sink_dead_letter d WHERE d.sink_id = s.id)::int AS "refusedBatches",
           waiting.events - CASE WHEN waiting.leaves > 0 THEN s.skip ELSE 0 END AS behind, waiting.leaves,
           (SELECT last_id::text FROM audit_leaf WHERE number = s.position) AS oldest
    FROM sink s CROSS JOIN LATERAL (
      SELECT coalesce(sum(events), 0)::int AS events, count(*)::int AS leaves
      FROM (SELECT events FROM audit_leaf WHERE number >= s.position ORDER BY number LIMIT ${COUNTED}) l
    ) waiting
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
