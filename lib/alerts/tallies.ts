import type { ClientBase } from 'pg';
import { MINUTE, SLOT, type Tally } from '@/lib/alerts/rules';
import type { Rules } from '@/lib/alerts/schema';
import type { Sighting } from '@/lib/alerts/sightings';

/** The rules that count refusals within a window. */
export const counted = ['dead_value', 'address_burst', 'token_burst'] as const;

export type Counted = Sighting & { rule: (typeof counted)[number] };

export function isCounted(sighting: Sighting): sighting is Counted {
  return (counted as readonly string[]).includes(sighting.rule);
}

// Slots are taken away some thousands at a time, with each batch that comes.
const MOST = 10_000;

/**
 * Counts these refusals, and gives, for each subject, all that counts with them: the slots since its rule's window before the first of them.
 * Subjects that have too few in all are left out.
 */
export async function tally(client: ClientBase, sightings: readonly Counted[], rules: Rules): Promise<Map<Counted, Tally[]>> {
  if (sightings.length === 0) return new Map();
  const slots = sightings.flatMap(slotsOf).sort((a, b) => (a.key < b.key ? -1 : 1));
  await client.query(
    `INSERT INTO alert_tally AS t (rule, subject, slot, requests, first_id, last_id)
     SELECT rule, subject, to_timestamp(slot / 1000), requests, first_id, last_id
     FROM unnest($1::text[], $2::text[], $3::float8[], $4::bigint[], $5::uuid[], $6::uuid[]) AS s(rule, subject, slot, requests, first_id, last_id)
     ON CONFLICT (rule, subject, slot) DO UPDATE SET requests = t.requests + excluded.requests,
       first_id = least(t.first_id, excluded.first_id), last_id = greatest(t.last_id, excluded.last_id)`,
    [
      slots.map(({ rule }) => rule),
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
      sightings.map(({ rule }) => rule),
      sightings.map(({ subject }) => subject),
      sightings.map(({ rule, accesses }) => Math.min(...accesses.map(({ slot }) => slot)) - rules[rule].thresholds.minutes * MINUTE),
      sightings.map(({ rule }) => rules[rule].thresholds.requests),
    ],
  );
  const found = new Map<Counted, Tally[]>();
  for (const { place, ...row } of rows) {
    const sighting = sightings[Number(place) - 1] as Counted;
    const known = found.get(sighting);
    if (known) known.push(row);
    else found.set(sighting, [row]);
  }
  return found;
}

/** Begins to count these subjects anew. */
export async function forgetTallies(client: ClientBase, subjects: readonly { rule: string; subject: string }[]): Promise<void> {
  if (subjects.length === 0) return;
  await client.query(
    'DELETE FROM alert_tally t USING unnest($1::text[], $2::text[]) AS s(rule, subject) WHERE t.rule = s.rule AND t.subject = s.subject',
    [subjects.map(({ rule }) => rule), subjects.map(({ subject }) => subject)],
  );
}

/** Takes away what no window reaches any more from the moment `at` of the log on. */
export async function pruneTallies(client: ClientBase, at: number, rules: Rules): Promise<void> {
  for (const rule of counted) {
    // Instances store late by a second or two.
    const before = at - rules[rule].thresholds.minutes * MINUTE - SLOT - MINUTE;
    await client.query(
      `DELETE FROM alert_tally WHERE ctid = ANY(ARRAY(SELECT ctid FROM alert_tally WHERE rule = $1 AND slot < to_timestamp($2::float8 / 1000) LIMIT ${MOST}))`,
      [rule, before],
    );
  }
}

type Slot = Tally & { rule: string; subject: string; key: string };

/** A sighting's refusals, one row a slot; `key` puts rows in the one order in which they are locked. */
function slotsOf({ rule, subject, accesses }: Counted): Slot[] {
  const slots = new Map<number, Slot>();
  for (const { slot, requests, firstId, lastId } of accesses) {
    const known = slots.get(slot);
    if (!known) slots.set(slot, { key: `${rule} ${subject} ${slot}`, rule, subject, slot, requests, firstId, lastId });
    else {
      known.requests += requests;
      if (firstId < known.firstId) known.firstId = firstId;
      if (lastId > known.lastId) known.lastId = lastId;
    }
  }
  return [...slots.values()];
}
