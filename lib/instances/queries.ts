import { setTimeout as sleep } from 'node:timers/promises';
import { db } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import type { InstanceRow, Receipt } from '@/lib/instances/schema';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { getToken } from '@/lib/tokens/queries';
import { getUser } from '@/lib/users/queries';

// An instance that was not seen for so long is gone: heartbeats come every second.
const GONE_AFTER = Prisma.sql`interval '10 seconds'`;
const PATIENCE = 1000;
const AGAIN = 25;

/** What was changed: a token, or a user and with them all of their tokens. */
type Changed = { tokenId: string } | { userId: string };

/**
 * On how many instances the newest change of a token, or of whether a user is enabled, holds, and since when; null while nothing
 * was changed. Refuses `not_found`.
 */
export async function receiptOf(actor: Actor, changed: Changed): Promise<Receipt | null> {
  await mustSee(actor, changed);
  return read(changed);
}

/** The same right after the change: waits until it holds on all instances, or a second. */
export async function awaitReceipt(actor: Actor, changed: Changed): Promise<Receipt | null> {
  await mustSee(actor, changed);
  for (const deadline = Date.now() + PATIENCE; ; await sleep(AGAIN)) {
    const receipt = await read(changed);
    if (!receipt || receipt.held === receipt.instances || Date.now() > deadline) return receipt;
  }
}

/** The instances that serve or were seen in the last hour, the newest first. Refuses who is no administrator or auditor. */
export async function listInstances(actor: Actor): Promise<InstanceRow[]> {
  authorize(actor, 'policy.read');
  const rows = await db().$queryRaw<{ id: string; name: string; started_at: Date; seen_at: Date; is_alive: boolean }[]>`
    SELECT id, name, started_at, seen_at, stopped_at IS NULL AND seen_at > clock_timestamp() - ${GONE_AFTER} AS is_alive
    FROM instance WHERE seen_at > clock_timestamp() - interval '1 hour' ORDER BY is_alive DESC, id DESC LIMIT 100`;
  return rows.map(({ id, name, started_at, seen_at, is_alive }) => ({
    id,
    name,
    startedAt: started_at.toISOString(),
    seenAt: seen_at.toISOString(),
    isAlive: is_alive,
  }));
}

async function mustSee(actor: Actor, changed: Changed): Promise<void> {
  if ('tokenId' in changed) await getToken(actor, changed.tokenId);
  else await getUser(actor, changed.userId);
}

async function read(changed: Changed): Promise<Receipt | null> {
  const subject = 'tokenId' in changed ? Prisma.sql`token_id = ${changed.tokenId}::uuid` : Prisma.sql`user_id = ${changed.userId}::uuid`;
  const [row] = await db().$queryRaw<{ at: Date; instances: number; held: number; milliseconds: number }[]>`
    WITH change AS (SELECT version, at FROM grant_change WHERE ${subject} ORDER BY version DESC LIMIT 1)
    SELECT change.at, count(*)::int AS instances, count(heard.at)::int AS held,
           coalesce(extract(epoch FROM max(heard.at) - change.at) * 1000, 0)::float8 AS milliseconds
    FROM change
    JOIN instance ON instance.started_at <= change.at AND (instance.stopped_at IS NULL OR instance.stopped_at > change.at)
      AND (instance.seen_at >= change.at OR instance.seen_at > clock_timestamp() - ${GONE_AFTER})
    LEFT JOIN LATERAL (
      SELECT min(at) AS at FROM grant_receipt WHERE instance_id = instance.id AND version >= change.version
    ) heard ON TRUE
    GROUP BY change.at`;
  return row ? { ...row, at: row.at.toISOString(), milliseconds: Math.max(0, Math.round(row.milliseconds)) } : null;
}
