import { db } from '@/lib/db';
import { momentOf } from '@/lib/id';

// Sealing and adding up take about a second each.
const BEHIND = 5000;

/** The moment of the first event that `consumer` has not seen yet; null while that is only some seconds ago, or there is none. */
export async function behindSince(consumer: string, now: Date): Promise<string | null> {
  const rows = await db().$queryRaw<{ id: string }[]>`
    (SELECT leaf_id AS id FROM audit_leaf
     WHERE number >= coalesce((SELECT position FROM audit_consumer WHERE name = ${consumer}), 0) ORDER BY number LIMIT 1)
    UNION ALL (SELECT leaf_id FROM audit_pending ORDER BY leaf_id LIMIT 1)`;
  const oldest = Math.min(...rows.map(({ id }) => momentOf(id)));
  return oldest < now.getTime() - BEHIND ? new Date(oldest).toISOString() : null;
}
