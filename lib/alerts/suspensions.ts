import type { ClientBase } from 'pg';
import type { OpenAlert } from '@/lib/alerts/found';
import type { Remembered } from '@/lib/alerts/memories';
import { isFarOff } from '@/lib/alerts/rules';
import type { Rules } from '@/lib/alerts/schema';
import { type Finding, type Sighting, whole } from '@/lib/alerts/sightings';
import { type Count, countOf, forgetTallies, isCounted, suspending, takeBursts, tally } from '@/lib/alerts/tallies';
import { suspendingRules } from '@/lib/alerts/values';
import { momentOf } from '@/lib/id';

type Found = [sighting: Sighting, finding: Finding];

/** What the other steps made of the same sightings. */
type Known = {
  rules: Rules;
  tokens: ReadonlyMap<string, Remembered>;
  open: ReadonlyMap<Sighting, OpenAlert>;
  /** New networks and wakes, whether or not they are raised. */
  found: ReadonlyMap<Sighting, Finding>;
};

/** A sighting of a token that can be suspended: with what happened since somebody resumed it (`since`; 0: nobody did), and all of it. */
type Current = Sighting & { of: Sighting; since: number };

/**
 * For which of these their tokens are to be suspended: their rules say so now and are broken by what happened since somebody resumed the token.
 * Asked apart from what is raised: what has an open alert, or is quiet, has its token suspended all the same.
 */
export async function findSuspensions(client: ClientBase, watched: readonly Sighting[], known: Known): Promise<Map<Sighting, Finding>> {
  const sightings = watched.filter(({ rule, tokenId }) => tokenId !== null && suspendingRules.has(rule) && known.rules[rule].suspends);
  if (sightings.length === 0) return new Map();
  const current = await currentOf(client, sightings);
  const found = [
    ...findKept(current, known),
    ...(await findCounted(client, current, known.rules)),
    ...(await findRates(client, current, known)),
  ];
  return new Map(found.map(([sighting, finding]) => [sighting, { ...finding, suspendFor: finding.lastId }]));
}

async function currentOf(client: ClientBase, sightings: readonly Sighting[]): Promise<Current[]> {
  const { rows } = await client.query<{ id: string; since: number }>(
    `SELECT id, coalesce(extract(epoch FROM resumed_at) * 1000, 0)::float8 AS since FROM token
     WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL AND suspended_at IS NULL`,
    [[...new Set(sightings.map(({ tokenId }) => tokenId))]],
  );
  const resumed = new Map(rows.map(({ id, since }) => [id, since]));
  return sightings.flatMap((one) => {
    const since = resumed.get(one.tokenId ?? '');
    if (since === undefined) return [];
    const accesses = one.accesses.filter(({ firstId }) => momentOf(firstId) > since);
    return accesses.length > 0 ? [{ ...one, accesses, of: one, since }] : [];
  });
}

/** New networks and wakes; each use of them counts as long as their alert is open, unless somebody resumed the token after it was found. */
function findKept(current: readonly Current[], { found, open }: Known): Found[] {
  return current.flatMap((one): Found[] => {
    if (one.rule !== 'new_network' && one.rule !== 'dormant') return [];
    const finding = found.get(one.of);
    if (finding && momentOf(finding.lastId) > one.since) return [[one.of, finding]];
    const alert = open.get(one.of);
    return alert && momentOf(alert.firstId) > one.since ? [[one.of, whole(one, {})]] : [];
  });
}

async function findCounted(client: ClientBase, current: readonly Current[], rules: Rules): Promise<Found[]> {
  const counts = current.filter(isCounted).map((one) => countOf(one, suspending(one.rule), rules));
  return takeBursts(client, await tallySince(client, counts));
}

/** Of the hour in which somebody resumed it, a token is judged by the rest. */
async function findRates(client: ClientBase, current: readonly Current[], { rules, tokens }: Known): Promise<Found[]> {
  const { thresholds } = rules.rate;
  const uses = current.flatMap((one) => {
    const memory = one.rule === 'rate' ? tokens.get(one.tokenId ?? '')?.memory : undefined;
    if (!memory) return [];
    // One slot for the hour.
    const inHour = one.accesses.filter(({ lastId }) => momentOf(lastId) >= memory.hour);
    const accesses = inHour.map((access) => ({ ...access, slot: memory.hour }));
    return accesses.length > 0 ? [{ ...one, accesses, memory, tally: suspending('rate'), requests: 1, minutes: 0 }] : [];
  });
  const tallies = await tallySince(
    client,
    uses.filter(({ since, memory }) => since >= memory.hour),
  );
  return uses.flatMap((one): Found[] => {
    const { memory, since, of } = one;
    const requests = since >= memory.hour ? (tallies.get(one)?.[0]?.requests ?? 0) : memory.requests;
    if (memory.peak === null || !isFarOff(requests, memory.peak, thresholds)) return [];
    const figures = { requests, peak: memory.peak, days: thresholds.days };
    return [[of, { ...whole(of, figures), requests }]];
  });
}

/** Counts, after what was counted before somebody resumed the token was forgotten. */
async function tallySince<One extends Count & { since: number }>(client: ClientBase, counts: readonly One[]) {
  await forgetTallies(
    client,
    counts.filter(({ since }) => since > 0).map(({ tally: name, subject, since }) => ({ tally: name, subject, before: since })),
  );
  return tally(client, counts);
}
