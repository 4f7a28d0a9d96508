import type { ClientBase } from 'pg';
import { burstIn, MINUTE, SLOT, type Tally } from '@/lib/alerts/rules';
import type { RuleName, Rules } from '@/lib/alerts/schema';
import type { Finding, Sighting } from '@/lib/alerts/sightings';
import { firstId } from '@/lib/id';

/** The rules that count refusals within a window. */
export const counted = ['dead_value', 'address_burst', 'token_burst'] as const;

export type Counted = Sighting & { rule: (typeof counted)[number] };

export function isCounted<One extends Sighting>(sighting: One): sighting is One & Counted {
  return (counted as readonly string[]).includes(sighting.rule);
}

/** A tally of its own for whether the token is to be suspended: of what happened since somebody resumed it. */
export const suspending = (rule: RuleName) => `suspend ${rule}`;

/** What is counted: under `tally`, how many there must be within how many minutes. */
export type Count = Pick<Sighting, 'subject' | 'accesses'> & { tally: string; requests: number; minutes: number };

/** Refusals, to be counted under that name within the window of their rule. */
export function countOf<One extends Counted>(sighting: One, name: string, rules: Rules): One & Count {
  const { requests, minutes } = rules[sighting.rule].thresholds;
  return { ...sighting, tally: name, requests, minutes };
}

// Slots are taken away some thousands at a time, with each batch that comes.
const MOST = 10_000;

/**
 * Counts these, and gives, for each, all that counts with it: the slots since its window before the first of them. Those that have too few in
 * all are left out.
 */
export async function tally<One extends Count>(client: ClientBase, counts: readonly One[]): Promise<Map<One, Tally[]>> {
  if (counts.length === 0) return new Map();
  const slots = counts.flatMap(slotsOf).sort((a, b) => (a.key < b.key ? -1 : 1));
  await client.query(
    `INSERT INTO alert_tally AS t (rule, subject, slot, requests, first_id, last_id)
     SELECT rule, subject, to_timestamp(slot / 1000), requests, first_id, last_id
     FROM unnest($1::text[], $2::text[], $3::float8[], $4::bigint[], $5::uuid[], $6::uuid[]) AS s(rule, subject, slot, requests, first_id, last_id)
     ON CONFLICT (rule, subject, slot) DO UPDATE SET requests = t.requests + excluded.requests,
       first_id = least(t.first_id, excluded.first_id), last_id = greatest(t.last_id, excluded.last_id)`,
    [
      slots.map(({ tally }) => tally),
      slots.map(({ subject }) => subject),
      slots.map(({ slot }) => slot),
      slots.map(({ requests }) => requests),
      slots.map(({ firstId }) => firstId),
      slots.map(({ lastId }) => lastId),
    ],
  );
  const { rows } = await client.query<Tally & { place: string }>(
    `SELECT place, (extract(epoch FROM slot) * 1000)::float8 AS slot, requests::float8 AS requests, first_id AS "firstId", last_id AS "lastId"
     FROM (SELECT s.place, s.least, t.*, sum(t.requests) OVER (PARTITION BY s.place) AS total
           FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[]) WITH ORDINALITY AS s(rule, subject, since, least, place)
           JOIN alert_tally t ON t.rule = s.rule AND t.subject = s.subject AND t.slot >= to_timestamp(s.since / 1000)) t
     WHERE total >= least ORDER BY place, slot`,
    [
      counts.map(({ tally }) => tally),
      counts.map(({ subject }) => subject),
      counts.map(({ accesses, minutes }) => Math.min(...accesses.map(({ slot }) => slot)) - minutes * MINUTE),
      counts.map(({ requests }) => requests),
    ],
  );
  const found = new Map<One, Tally[]>();
  for (const { place, ...row } of rows) {
    const count = counts[Number(place) - 1] as One;
    const known = found.get(count);
    if (known) known.push(row);
    else found.set(count, [row]);
  }
  return found;
}

/** The bursts among what tally() gives, each of its sighting `of`. What makes them up is counted anew: from here on their alert counts. */
export async function takeBursts<One extends Count & { of: Sighting }>(
  client: ClientBase,
  tallies: ReadonlyMap<One, Tally[]>,
): Promise<[Sighting, Finding][]> {
  const bursts = [...tallies].flatMap(([one, tallied]) => {
    const burst = burstIn(tallied, one);
    return burst ? [{ one, burst }] : [];
  });
  await forgetTallies(
    client,
    bursts.map(({ one }) => one),
  );
  return bursts.map(({ one: { of, requests, minutes }, burst }) => [of, { sighting: of, ...burst, figures: { requests, minutes } }]);
}

/** Begins to count these anew. `before`: only what was counted before that moment is forgotten, in milliseconds since 1970. */
export async function forgetTallies(
  client: ClientBase,
  counts: readonly (Pick<Count, 'tally' | 'subject'> & { before?: number })[],
): Promise<void> {
  if (counts.length === 0) return;
  await client.query(
    `DELETE FROM alert_tally t USING unnest($1::text[], $2::text[], $3::uuid[]) AS s(rule, subject, before)
     WHERE t.rule = s.rule AND t.subject = s.subject AND (s.before IS NULL OR t.first_id < s.before)`,
    [
      counts.map(({ tally }) => tally),
      counts.map(({ subject }) => subject),
      counts.map(({ before }) => (before === undefined ? null : firstId(new Date(before)))),
    ],
  );
}

/** Takes away what no window reaches any more from the moment `at` of the log on. */
export async function pruneTallies(client: ClientBase, at: number, rules: Rules): Promise<void> {
  const windows: [string, number][] = [
    ...counted.flatMap((rule): [string, number][] => {
      const { minutes } = rules[rule].thresholds;
      return [
        [rule, minutes],
        [suspending(rule), minutes],
      ];
    }),
    [suspending('rate'), 60],
  ];
  for (const [name, minutes] of windows) {
    // Instances store late by a second or two.
    const before = at - minutes * MINUTE - SLOT - MINUTE;
    await client.query(
      `DELETE FROM alert_tally WHERE ctid = ANY(ARRAY(SELECT ctid FROM alert_tally WHERE rule = $1 AND slot < to_timestamp($2::float8 / 1000) LIMIT ${MOST}))`,
      [name, before],
    );
  }
}

type Slot = Tally & { tally: string; subject: string; key: string };

/** What is counted, one row a slot; `key` puts rows in the one order in which they are locked. */
function slotsOf({ tally, subject, accesses }: Count): Slot[] {
  const slots = new Map<number, Slot>();
  for (const { slot, requests, firstId, lastId } of accesses) {
    const known = slots.get(slot);
    if (!known) slots.set(slot, { key: `${tally} ${subject} ${slot}`, tally, subject, slot, requests, firstId, lastId });
    else {
      known.requests += requests;
      if (firstId < known.firstId) known.firstId = firstId;
      if (lastId > known.lastId) known.lastId = lastId;
    }
  }
  return [...slots.values()];
}
