import type { ClientBase } from 'pg';
import { addToOpen, insertAlerts, lastAcknowledged, openSubjects, suspendForOpen } from '@/lib/alerts/found';
import { learnNetworks, type Remembered, rememberUses } from '@/lib/alerts/memories';
import { isFarOff, isLearning, isQuiet, isWorthComparing, rulesOf, type StoredRule, sleptFor } from '@/lib/alerts/rules';
import type { Rules } from '@/lib/alerts/schema';
import { type Finding, lastIdOf, readAccesses, type Sighting, sightingsIn, whole } from '@/lib/alerts/sightings';
import { findSuspensions } from '@/lib/alerts/suspensions';
import { countOf, isCounted, pruneTallies, takeBursts, tally } from '@/lib/alerts/tallies';
import { consume } from '@/lib/audit/ledger/consumers';
import { momentOf } from '@/lib/id';

/** Under this name the ledger knows how far unusual behaviour has been looked for. */
export const CONSUMER = 'alerts';

// Each event may be about something else: a batch is one transaction of less than a second also then.
const EVENTS = 10_000;

/**
 * Looks for unusual behaviour in the next leaves of the ledger, each once, in one transaction with what the rules remember. What it finds is
 * stored, to be raised by raiseAlerts(). True when there was something to look at: there may be more.
 */
export async function detectAlerts(client: ClientBase): Promise<boolean> {
  const taken = await consume(client, CONSUMER, EVENTS, async (leaves) => {
    const accesses = await readAccesses(client, leaves);
    if (accesses.length === 0) return;
    const { rows } = await client.query<StoredRule>('SELECT rule, enabled, suspends, thresholds FROM alert_rule');
    const rules = rulesOf(rows);
    const tokens = await rememberUses(client, accesses, rules.rate.thresholds);
    const sightings = sightingsIn(accesses, rules);
    const newNetworks = await findNetworks(client, sightings, tokens, rules);
    const watched = sightings.filter(({ rule }) => rules[rule].enabled);
    const open = await openSubjects(client, watched);
    await addToOpen(client, watched, open);
    const fresh = await withoutQuiet(
      client,
      watched.filter((one) => !open.has(one)),
      rules,
    );
    const found = new Map([...newNetworks, ...findWakes(watched, tokens, rules)]);
    const suspensions = await findSuspensions(client, watched, { rules, tokens, open, found });
    await suspendForOpen(client, suspensions, open);
    const findings = new Map([
      // What is quiet is raised all the same when it suspends: nobody's token stops without a word.
      ...[...suspensions].filter(([sighting]) => !open.has(sighting)),
      ...[...found, ...findRates(fresh, tokens, rules), ...(await findBursts(client, fresh, rules))].filter(([sighting]) =>
        fresh.has(sighting),
      ),
    ]);
    await insertAlerts(
      client,
      [...findings].map(([sighting, finding]) => ({ ...finding, suspendFor: suspensions.get(sighting)?.suspendFor })),
      rules,
    );
    await pruneTallies(client, momentOf(accesses[0]?.firstId ?? ''), rules);
  });
  return taken > 0;
}

/** Those of which no alert was acknowledged a short while ago. */
async function withoutQuiet(client: ClientBase, sightings: readonly Sighting[], rules: Rules): Promise<Set<Sighting>> {
  const acknowledged = await lastAcknowledged(client, sightings);
  return new Set(sightings.filter((one) => !isQuiet(acknowledged.get(one), lastAt(one), rules[one.rule].thresholds)));
}

/** Networks from which a token was never used before; they are known from now on, whether or not anybody hears of it. */
async function findNetworks(
  client: ClientBase,
  sightings: readonly Sighting[],
  tokens: Map<string, Remembered>,
  rules: Rules,
): Promise<[Sighting, Finding][]> {
  const { thresholds } = rules.new_network;
  const uses = sightings.filter(({ rule, tokenId }) => rule === 'new_network' && tokens.has(tokenId ?? ''));
  const learnt = await learnNetworks(
    client,
    uses.map((one) => ({ tokenId: one.tokenId ?? '', network: one.address ?? '', at: lastAt(one) })),
    thresholds.rememberDays,
  );
  const begun = new Set<string | null>();
  return uses.flatMap((sighting, place): [Sighting, Finding][] => {
    const { isNew, isFirst } = learnt[place] ?? { isNew: false, isFirst: false };
    const isBeginning = isFirst && !begun.has(sighting.tokenId);
    begun.add(sighting.tokenId);
    const firstUsedAt = tokens.get(sighting.tokenId ?? '')?.memory.firstUsedAt ?? 0;
    if (!isNew || isBeginning || isLearning(firstUsedAt, firstAt(sighting), thresholds)) return [];
    return [[sighting, whole(sighting, {})]];
  });
}

/** Tokens that were used after they had slept for long: the use that woke each. */
function findWakes(sightings: readonly Sighting[], tokens: Map<string, Remembered>, rules: Rules): [Sighting, Finding][] {
  return sightings.flatMap((sighting): [Sighting, Finding][] => {
    const token = tokens.get(sighting.tokenId ?? '');
    if (sighting.rule !== 'dormant' || !token) return [];
    let since = token.usedBefore ?? token.createdAt;
    for (const { firstId, lastId, ip } of sighting.accesses) {
      const days = sleptFor(since, momentOf(firstId), rules.dormant.thresholds);
      if (days !== null)
        return [[sighting, { sighting: { ...sighting, address: ip }, requests: 1, firstId, lastId: firstId, figures: { days } }]];
      since = Math.max(since, momentOf(lastId));
    }
    return [];
  });
}

/** Tokens with an hour far off their own past. */
function findRates(sightings: ReadonlySet<Sighting>, tokens: Map<string, Remembered>, rules: Rules): [Sighting, Finding][] {
  const { thresholds } = rules.rate;
  return [...sightings].flatMap((sighting): [Sighting, Finding][] => {
    const memory = tokens.get(sighting.tokenId ?? '')?.memory;
    if (sighting.rule !== 'rate' || !memory || memory.peak === null || !isWorthComparing(memory, thresholds)) return [];
    const { requests, peak, firstId } = memory;
    if (!isFarOff(requests, peak, thresholds)) return [];
    return [[sighting, { ...whole(sighting, { requests, peak, days: thresholds.days }), firstId, requests }]];
  });
}

/** Bursts of refusals; the first few of a dead value are one where the rule says so. */
async function findBursts(client: ClientBase, sightings: ReadonlySet<Sighting>, rules: Rules): Promise<[Sighting, Finding][]> {
  const counts = [...sightings].filter(isCounted).map((of) => ({ ...countOf(of, of.rule, rules), of }));
  return takeBursts(client, await tally(client, counts));
}

function firstAt({ accesses }: Sighting): number {
  return momentOf(accesses[0]?.firstId ?? '');
}

function lastAt(sighting: Sighting): number {
  return momentOf(lastIdOf(sighting));
}
