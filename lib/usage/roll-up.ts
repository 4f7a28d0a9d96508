import type { ClientBase } from 'pg';
import { consume } from '@/lib/audit/ledger/consumers';
import { eventsOf } from '@/lib/audit/ledger/leaves';
import { EVERYTHING, OTHER_ADDRESSES } from '@/lib/usage/schema';

/** Under this name the ledger knows how far the usage has been added up. */
export const CONSUMER = 'usage';

/** So many addresses of a token are told apart on each day; the others of that day are one. */
export const ADDRESSES_A_DAY = 50;

/** For so many days hours are kept, and for so many days all the rest. */
export const HOURS_KEPT = 190;
export const DAYS_KEPT = 400;

// A second of the gate's full rate.
const EVENTS = 20_000;
const ROWS = 10_000;

/**
 * Adds the next leaves of the ledger to what is known of usage, each event once, in one transaction of up to a few hundred milliseconds.
 * True when there was something: there may be more.
 */
export async function rollUpUsage(client: ClientBase): Promise<boolean> {
  const taken = await consume(client, CONSUMER, EVENTS, async (leaves) => {
    const { from, values } = eventsOf(leaves);
    await client.query(addUp(from), values);
  });
  return taken > 0;
}

/** Takes away what no page shows any more, some thousand rows at a time. True when there is more. */
export async function pruneUsage(client: ClientBase): Promise<boolean> {
  let hasMore = false;
  for (const [table, column, days] of KEPT) {
    const { rowCount } = await client.query(
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${column} < clock_timestamp() - $1 * interval '1 day' LIMIT ${ROWS}))`,
      [days],
    );
    hasMore ||= rowCount === ROWS;
  }
  return hasMore;
}

const KEPT = [
  ['usage_hour', 'hour', HOURS_KEPT],
  ['usage_day', 'day', DAYS_KEPT],
  ['usage_address', 'day', DAYS_KEPT],
  ['usage_scope', 'day', DAYS_KEPT],
] as const;

/**
 * One statement for all tables. The events are first made few, so that the rest works on one row for each token, hour, reason, address and
 * set of scopes. A token's owner is its events' actor; the gate knows neither for a secret that was never issued.
 */
const addUp = (from: string) => `
  WITH batch AS MATERIALIZED (
    SELECT e.token_id, e.actor_id, date_bin('1 hour', e.at, 'epoch') AS hour, coalesce(e.reason, '') AS reason, e.ip, e.scopes,
           sum(e.count) AS requests, max(e.at) AS last_at
    ${from} WHERE e.event IN ('token.used', 'token.refused')
    GROUP BY 1, 2, 3, 4, 5, 6
  ), of_token AS MATERIALIZED (
    SELECT token_id, (hour AT TIME ZONE 'UTC')::date AS day, reason, ip, scopes, sum(requests) AS requests, max(last_at) AS last_at
    FROM batch WHERE token_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
  ), hours AS (
    INSERT INTO usage_hour AS u (subject_id, hour, reason, requests)
    SELECT CASE WHEN grouping(token_id) = 0 THEN token_id WHEN grouping(actor_id) = 0 THEN actor_id ELSE '${EVERYTHING}' END AS subject_id,
           hour, reason, sum(requests)
    FROM batch GROUP BY GROUPING SETS ((hour, reason, token_id), (hour, reason, actor_id), (hour, reason))
    HAVING grouping(token_id, actor_id) = 3 OR token_id IS NOT NULL OR actor_id IS NOT NULL
    ON CONFLICT (subject_id, hour, reason) DO UPDATE SET requests = u.requests + excluded.requests
  ), days AS (
    INSERT INTO usage_day AS u (token_id, day, requests, refused)
    SELECT token_id, day, sum(requests), coalesce(sum(requests) FILTER (WHERE reason <> ''), 0) FROM of_token GROUP BY 1, 2
    ON CONFLICT (token_id, day) DO UPDATE SET requests = u.requests + excluded.requests, refused = u.refused + excluded.refused
  ), scopes AS (
    INSERT INTO usage_scope AS u (token_id, day, scope, requests, last_at)
    SELECT token_id, day, scope, sum(requests), max(last_at)
    FROM of_token, unnest(string_to_array(scopes, ' ')) AS scope WHERE reason = '' GROUP BY 1, 2, 3
    ON CONFLICT (token_id, day, scope) DO UPDATE SET requests = u.requests + excluded.requests, last_at = greatest(u.last_at, excluded.last_at)
  ), seen AS (
    SELECT token_id, day, coalesce(host(ip), '') AS address, sum(requests) AS requests,
           coalesce(sum(requests) FILTER (WHERE reason <> ''), 0) AS refused, max(last_at) AS last_at
    FROM of_token GROUP BY 1, 2, 3
  ), kept AS (
    SELECT token_id, day, count(u.address) FILTER (WHERE u.address <> '${OTHER_ADDRESSES}') AS addresses
    FROM (SELECT DISTINCT token_id, day FROM seen) s LEFT JOIN usage_address u USING (token_id, day) GROUP BY 1, 2
  ), ranked AS (
    -- Of new addresses those with more requests that passed come first: a flood of refused ones does not take their place.
    SELECT s.*, u.address IS NOT NULL AS is_known, kept.addresses + row_number() OVER (
             PARTITION BY token_id, day, u.address IS NULL ORDER BY s.requests - s.refused DESC, s.requests DESC, address) AS place
    FROM seen s JOIN kept USING (token_id, day) LEFT JOIN usage_address u USING (token_id, day, address)
  )
  INSERT INTO usage_address AS u (token_id, day, address, requests, refused, last_at)
  SELECT token_id, day, CASE WHEN is_known OR place <= ${ADDRESSES_A_DAY} THEN address ELSE '${OTHER_ADDRESSES}' END,
         sum(requests), sum(refused), max(last_at)
  FROM ranked GROUP BY 1, 2, 3
  ON CONFLICT (token_id, day, address) DO UPDATE
    SET requests = u.requests + excluded.requests, refused = u.refused + excluded.refused, last_at = greatest(u.last_at, excluded.last_at)`;
