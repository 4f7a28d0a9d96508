import type { ClientBase } from 'pg';
import { DAY, HOUR, isWorthComparing, type Memory, remember } from '@/lib/alerts/rules';
import type { Thresholds } from '@/lib/alerts/schema';
import type { Accesses } from '@/lib/alerts/sightings';
import { momentOf } from '@/lib/id';

/** A token that was used: what is remembered of it after its uses, and when it was used before them, if at all, and made. */
export type Remembered = { memory: Memory; usedBefore: number | null; createdAt: number };

type Row = {
  id: string;
  created: number;
  first: number | null;
  last: number | null;
  hour: number;
  firstId: string;
  requests: number;
  peak: number | null;
};

const ms = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Adds uses that passed to what is remembered of their tokens, and gives that. What is no token any more is left out. */
export async function rememberUses(
  client: ClientBase,
  accesses: readonly Accesses[],
  rate: Thresholds<'rate'>,
): Promise<Map<string, Remembered>> {
  const uses = accesses.filter((one) => one.reason === null && one.tokenId !== null);
  const ids = [...new Set(uses.map(({ tokenId }) => tokenId as string))].sort();
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<Row>(
    `SELECT t.id, ${ms('t.created_at')} AS created, ${ms('m.first_used_at')} AS first, ${ms('m.last_used_at')} AS last, ${ms('m.hour')} AS hour,
            m.first_id AS "firstId", m.requests::float8 AS requests, m.peak::float8 AS peak
     FROM token t LEFT JOIN alert_token m ON m.token_id = t.id WHERE t.id = ANY($1::uuid[])`,
    [ids],
  );
  const known = new Map(rows.map((row) => [row.id, toRemembered(row)]));
  const after = new Map<string, Remembered>();
  for (const { tokenId, firstId, lastId, requests } of uses) {
    const token = known.get(tokenId as string);
    if (!token) continue;
    const before = after.get(tokenId as string)?.memory ?? token.memory;
    const memory = remember(before, { firstAt: momentOf(firstId), lastAt: momentOf(lastId), firstId, requests });
    after.set(tokenId as string, { ...token, memory });
  }
  await lookUpPeaks(client, after, rate);
  await store(client, after);
  return after;
}

type Known = Omit<Remembered, 'memory'> & { memory?: Memory };

function toRemembered({ created, first, last, hour, firstId, requests, peak }: Row): Known {
  if (first === null || last === null) return { createdAt: created, usedBefore: null };
  return { createdAt: created, usedBefore: last, memory: { firstUsedAt: first, lastUsedAt: last, hour, firstId, requests, peak } };
}

/** The busiest hours of those that are worth comparing, once an hour for each. */
async function lookUpPeaks(client: ClientBase, tokens: Map<string, Remembered>, rate: Thresholds<'rate'>): Promise<void> {
  const wanted = [...tokens].filter(([, { memory }]) => memory.peak === null && isWorthComparing(memory, rate));
  if (wanted.length === 0) return;
  const { rows } = await client.query<{ id: string; peak: number }>(
    `SELECT id, coalesce(max(u.requests), 0)::float8 AS peak
     FROM unnest($1::uuid[], $2::float8[]) AS w(id, hour)
     LEFT JOIN usage_hour u ON u.subject_id = w.id AND u.reason = ''
       AND u.hour >= to_timestamp((w.hour - $3) / 1000) AND u.hour < to_timestamp(w.hour / 1000)
     GROUP BY id`,
    [wanted.map(([id]) => id), wanted.map(([, { memory }]) => memory.hour), rate.days * DAY],
  );
  for (const { id, peak } of rows) {
    const token = tokens.get(id);
    if (token) token.memory = { ...token.memory, peak };
  }
}

async function store(client: ClientBase, tokens: Map<string, Remembered>): Promise<void> {
  const all = [...tokens];
  const column = (value: (memory: Memory) => number | string | null) => all.map(([, { memory }]) => value(memory));
  await client.query(
    `INSERT INTO alert_token (token_id, first_used_at, last_used_at, hour, first_id, requests, peak)
     SELECT id, to_timestamp(first / 1000), to_timestamp(last / 1000), to_timestamp(hour / 1000), first_id, requests, peak
     FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::float8[], $5::uuid[], $6::bigint[], $7::bigint[])
       AS m(id, first, last, hour, first_id, requests, peak)
     ON CONFLICT (token_id) DO UPDATE SET first_used_at = excluded.first_used_at, last_used_at = excluded.last_used_at, hour = excluded.hour,
       first_id = excluded.first_id, requests = excluded.requests, peak = excluded.peak`,
    [
      all.map(([id]) => id),
      column(({ firstUsedAt }) => firstUsedAt),
      column(({ lastUsedAt }) => lastUsedAt),
      column(({ hour }) => hour),
      column(({ firstId }) => firstId),
      column(({ requests }) => requests),
      column(({ peak }) => peak),
    ],
  );
}

/** A network that a token was used from, and when last. */
export type NetworkUse = { tokenId: string; network: string; at: number };

/**
 * Which of these networks their tokens were not used from for so many days, and which of those are the first that their tokens have at all.
 * From now on they are known. Networks that overlap are one: a rule that became finer does not make what was known new.
 */
export async function learnNetworks(
  client: ClientBase,
  uses: readonly NetworkUse[],
  rememberDays: number,
): Promise<{ isNew: boolean; isFirst: boolean }[]> {
  if (uses.length === 0) return [];
  const columns = [uses.map(({ tokenId }) => tokenId), uses.map(({ network }) => network), uses.map(({ at }) => at)];
  const { rows } = await client.query<{ isNew: boolean; isFirst: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM alert_network n WHERE n.token_id = u.token_id AND n.network && u.network
              AND n.last_at >= to_timestamp((u.at - $4) / 1000)) AS "isNew",
            NOT EXISTS (SELECT FROM alert_network n WHERE n.token_id = u.token_id) AS "isFirst"
     FROM unnest($1::uuid[], $2::inet[], $3::float8[]) WITH ORDINALITY AS u(token_id, network, at, place) ORDER BY place`,
    [...columns, rememberDays * DAY],
  );
  await client.query(
    `INSERT INTO alert_network AS n (token_id, network, last_at)
     SELECT token_id, network, to_timestamp(at / 1000) FROM unnest($1::uuid[], $2::inet[], $3::float8[]) AS u(token_id, network, at)
     ON CONFLICT (token_id, network) DO UPDATE SET last_at = excluded.last_at WHERE n.last_at < excluded.last_at - interval '${HOUR} milliseconds'`,
    columns,
  );
  return rows;
}

const KEPT_DAYS = 400;
const ROWS = 10_000;

/** Takes away what is of no use any more: networks from which nobody came for long, and what is known of deleted tokens. True when there is more. */
export async function pruneMemories(client: ClientBase): Promise<boolean> {
  const old = await client.query(
    `DELETE FROM alert_network WHERE ctid = ANY(ARRAY(SELECT ctid FROM alert_network WHERE last_at < clock_timestamp() - interval '${KEPT_DAYS} days' LIMIT ${ROWS}))`,
  );
  let hasMore = old.rowCount === ROWS;
  for (const table of ['alert_network', 'alert_token']) {
    const { rowCount } = await client.query(
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT m.ctid FROM ${table} m JOIN token t ON t.id = m.token_id
         WHERE t.deleted_at < clock_timestamp() - interval '1 day' LIMIT ${ROWS}))`,
    );
    hasMore ||= rowCount === ROWS;
  }
  return hasMore;
}
