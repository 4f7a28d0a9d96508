import type { ClientBase } from 'pg';
import { isQuiet } from '@/lib/alerts/rules';
import type { Rules } from '@/lib/alerts/schema';
import { type Finding, lastIdOf, requestsOf, type Sighting } from '@/lib/alerts/sightings';
import { MANY } from '@/lib/alerts/values';
import { momentOf, newId } from '@/lib/id';

/** So many open alerts of one rule there are for one token, or for addresses: beyond those, one more gathers the rest. */
export const MOST_OF_TOKEN = 20;
export const MOST_OF_ADDRESSES = 100;

type Subject = { rule: string; subject: string };

const columns = (all: readonly Subject[]) => [all.map(({ rule }) => rule), all.map(({ subject }) => subject)];

const keyOf = ({ rule, subject }: Subject) => `${rule} ${subject}`;

/** An alert that nobody has acknowledged. */
export type OpenAlert = { id: string; firstId: string };

/** Which of these have an open alert, held until the transaction ends. */
export async function openSubjects<One extends Subject>(client: ClientBase, all: readonly One[]): Promise<Map<One, OpenAlert>> {
  const { rows } = await client.query<Subject & OpenAlert>(
    `SELECT a.id, a.rule, a.subject, a.first_id AS "firstId" FROM alert a JOIN unnest($1::text[], $2::text[]) AS s(rule, subject) USING (rule, subject)
     WHERE a.acknowledged_at IS NULL ORDER BY a.id FOR UPDATE OF a`,
    columns(all),
  );
  const alerts = new Map(rows.map((row) => [keyOf(row), row]));
  return new Map(
    all.flatMap((one) => {
      const alert = alerts.get(keyOf(one));
      return alert ? [[one, alert] as const] : [];
    }),
  );
}

/** When an alert about each of these was acknowledged last, in milliseconds since 1970; nothing for those without any. */
export async function lastAcknowledged<One extends Subject>(client: ClientBase, all: readonly One[]): Promise<Map<One, number>> {
  const { rows } = await client.query<Subject & { at: number }>(
    `SELECT a.rule, a.subject, (extract(epoch FROM max(a.acknowledged_at)) * 1000)::float8 AS at
     FROM alert a JOIN unnest($1::text[], $2::text[]) AS s(rule, subject) USING (rule, subject)
     WHERE a.acknowledged_at IS NOT NULL GROUP BY 1, 2`,
    columns(all),
  );
  const moments = new Map(rows.map((row) => [keyOf(row), row.at]));
  return new Map(
    all.flatMap((one) => {
      const at = moments.get(keyOf(one));
      return at === undefined ? [] : [[one, at] as const];
    }),
  );
}

/** Adds more of the same to the open alerts. One about a token that woke up is about the use that woke it alone. */
export async function addToOpen(client: ClientBase, sightings: readonly Sighting[], open: ReadonlyMap<Sighting, OpenAlert>): Promise<void> {
  const more = sightings.filter((one) => open.has(one) && one.rule !== 'dormant');
  if (more.length === 0) return;
  await client.query(
    `UPDATE alert a SET requests = a.requests + s.requests, first_id = least(a.first_id, s.first_id), last_id = greatest(a.last_id, s.last_id)
     FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[]) AS s(id, requests, first_id, last_id) WHERE a.id = s.id`,
    [more.map((one) => open.get(one)?.id), more.map(requestsOf), more.map(({ accesses }) => accesses[0]?.firstId), more.map(lastIdOf)],
  );
}

/** Has the tokens of open alerts suspended for what was found again. */
export async function suspendForOpen(
  client: ClientBase,
  suspensions: ReadonlyMap<Sighting, Finding>,
  open: ReadonlyMap<Sighting, OpenAlert>,
): Promise<void> {
  const again = [...suspensions].filter(([sighting]) => open.has(sighting));
  if (again.length === 0) return;
  await client.query(
    'UPDATE alert a SET suspend_for = s.event_id FROM unnest($1::uuid[], $2::uuid[]) AS s(id, event_id) WHERE a.id = s.id',
    [again.map(([sighting]) => open.get(sighting)?.id), again.map(([, { suspendFor }]) => suspendFor)],
  );
}

/** Stores findings as open alerts that are yet to be raised. */
export async function insertAlerts(client: ClientBase, findings: readonly Finding[], rules: Rules): Promise<void> {
  if (findings.length === 0) return;
  const { rows: clock } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const now = clock[0]?.now ?? new Date();
  for (const { sighting, requests, firstId, lastId, figures, suspendFor } of await gatherMany(client, findings, rules)) {
    const { rule, subject, tokenId, address, reason } = sighting;
    // The owner is who owns the token now; what was found again, of those that share an alert, is added to it.
    await client.query(
      `INSERT INTO alert AS a (id, rule, subject, token_id, owner_id, address, reason, requests, first_id, last_id, figures, suspend_for)
       VALUES ($1, $2, $3, $4::uuid, coalesce((SELECT owner_id FROM token WHERE id = $4::uuid), $5::uuid), $6, $7, $8, $9, $10, $11, $12)
       ON CONFLICT (rule, subject) WHERE acknowledged_at IS NULL DO UPDATE SET requests = a.requests + excluded.requests,
         first_id = least(a.first_id, excluded.first_id), last_id = greatest(a.last_id, excluded.last_id),
         suspend_for = coalesce(excluded.suspend_for, a.suspend_for)`,
      [newId(now), rule, subject, tokenId, sighting.ownerId, address, reason, requests, firstId, lastId, figures, suspendFor ?? null],
    );
  }
}

/** The findings, those beyond what one token or all addresses may have open made one. */
async function gatherMany(client: ClientBase, findings: readonly Finding[], rules: Rules): Promise<Finding[]> {
  const { rows } = await client.query<{ rule: string; tokenId: string | null; open: number }>(
    `SELECT rule, token_id AS "tokenId", count(*)::int AS open FROM alert
     WHERE acknowledged_at IS NULL AND rule = ANY($1) AND (token_id IS NULL OR token_id = ANY($2::uuid[])) GROUP BY 1, 2`,
    [[...new Set(findings.map(({ sighting }) => sighting.rule))], findings.map(({ sighting }) => sighting.tokenId)],
  );
  const open = new Map(rows.map((row) => [`${row.rule} ${row.tokenId}`, row.open]));
  const gathered = findings.map((finding) => {
    const { rule, tokenId } = finding.sighting;
    const key = `${rule} ${tokenId}`;
    const before = open.get(key) ?? 0;
    open.set(key, before + 1);
    return before < (tokenId ? MOST_OF_TOKEN : MOST_OF_ADDRESSES) ? finding : { ...finding, sighting: amongMany(finding.sighting) };
  });
  const many = gathered.filter(({ sighting }) => sighting.address === MANY);
  const acknowledged = await lastAcknowledged(
    client,
    many.map(({ sighting }) => sighting),
  );
  return gathered.filter(
    ({ sighting, lastId, suspendFor }) =>
      suspendFor || !isQuiet(acknowledged.get(sighting), momentOf(lastId), rules[sighting.rule].thresholds),
  );
}

/** A sighting whose address, the end of its subject, is one of many. */
function amongMany(sighting: Sighting): Sighting {
  const rest = sighting.subject.slice(0, sighting.subject.length - (sighting.address ?? '').length);
  return { ...sighting, subject: `${rest}${MANY}`, address: MANY };
}
