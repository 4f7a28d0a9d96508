import type { ClientBase } from 'pg';
import { DAYS_KEPT, EVERYBODY, MINUTES_KEPT } from '@/lib/audit/activity-bars';
import { consume } from '@/lib/audit/ledger/consumers';
import { eventsOf } from '@/lib/audit/ledger/leaves';

/** Under this name the ledger knows how far the activity has been added up. */
export const CONSUMER = 'activity';

// A second of the gate's full rate.
const EVENTS = 20_000;
const ROWS = 10_000;

/**
 * Adds the next leaves of the ledger to what happened when, each event once, for everybody and for whom it concerns. True when there was
 * something: there may be more.
 */
export async function rollUpActivity(client: ClientBase): Promise<boolean> {
  const taken = await consume(client, CONSUMER, EVENTS, async (leaves) => {
    const { from, values } = eventsOf(leaves);
    await client.query(addUp(from), values);
  });
  return taken > 0;
}

/** Takes away what no page shows any more, some thousand rows at a time. True when there is more. */
export async function pruneActivity(client: ClientBase): Promise<boolean> {
  let hasMore = false;
  for (const [step, minutes] of KEPT) {
    const { rowCount } = await client.query(
      `DELETE FROM audit_activity WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM audit_activity WHERE step = $1 AND start < clock_timestamp() - $2 * interval '1 minute' LIMIT ${ROWS}))`,
      [step, minutes],
    );
    hasMore ||= rowCount === ROWS;
  }
  return hasMore;
}

const KEPT = [
  [1, MINUTES_KEPT],
  [60, DAYS_KEPT * 1440],
] as const;

/**
 * The events are first made few. Whom they concern is who sees them in their own log: the actor, and the subject. Minutes that are old
 * already, of a log that is added up for the first time, are not even written.
 */
const addUp = (from: string) => `
  WITH batch AS MATERIALIZED (
    SELECT e.actor_id, nullif(e.subject_id, e.actor_id) AS subject_id, date_bin('1 minute', e.at, 'epoch') AS minute, e.event,
           coalesce(sum(e.count) FILTER (WHERE e.outcome = 'ok'), 0) AS ok, coalesce(sum(e.count) FILTER (WHERE e.outcome = 'refused'), 0) AS refused
    ${from} GROUP BY 1, 2, 3, 4
  ), concerned AS (
    SELECT '${EVERYBODY}'::uuid AS subject_id, minute, event, ok, refused FROM batch
    UNION ALL SELECT actor_id, minute, event, ok, refused FROM batch WHERE actor_id IS NOT NULL
    UNION ALL SELECT subject_id, minute, event, ok, refused FROM batch WHERE subject_id IS NOT NULL
  )
  INSERT INTO audit_activity AS a (subject_id, step, start, event, ok, refused)
  SELECT subject_id, step, CASE step WHEN 1 THEN minute ELSE date_trunc('hour', minute, 'UTC') END, event, sum(ok), sum(refused)
  FROM concerned CROSS JOIN (VALUES (1), (60)) AS steps(step)
  WHERE step = 60 OR minute > clock_timestamp() - ${MINUTES_KEPT} * interval '1 minute'
  GROUP BY 1, 2, 3, 4
  ON CONFLICT (subject_id, step, start, event) DO UPDATE SET ok = a.ok + excluded.ok, refused = a.refused + excluded.refused`;
