import type { ClientBase } from 'pg';
import { SLOT } from '@/lib/alerts/rules';
import type { RuleName, Rules } from '@/lib/alerts/schema';
import { eventsOf, type LeafHead } from '@/lib/audit/ledger/leaves';
import { networkAround } from '@/lib/networks';

/** Accesses of one token and address with one outcome, within SLOT milliseconds. */
export type Accesses = {
  tokenId: string | null;
  ownerId: string | null;
  /** Null: they passed. */
  reason: string | null;
  ip: string | null;
  slot: number;
  requests: number;
  firstId: string;
  lastId: string;
};

/** What a rule looks at: some accesses that are about one subject. */
export type Sighting = {
  rule: RuleName;
  subject: string;
  tokenId: string | null;
  ownerId: string | null;
  address: string | null;
  reason: string | null;
  /** In the order of time. */
  accesses: Accesses[];
};

/** A sighting that breaks its rule: from when to when, how many requests, and what was measured. */
export type Finding = {
  sighting: Sighting;
  requests: number;
  firstId: string;
  lastId: string;
  figures: Record<string, number>;
  /** The event for which the token is to be suspended, if it is. */
  suspendFor?: string;
};

/** All of a sighting as a finding. */
export function whole(sighting: Sighting, figures: Record<string, number>): Finding {
  return { sighting, requests: requestsOf(sighting), firstId: sighting.accesses[0]?.firstId ?? '', lastId: lastIdOf(sighting), figures };
}

/** The last of a sighting’s events. */
export function lastIdOf({ accesses }: Sighting): string {
  return (
    accesses
      .map(({ lastId }) => lastId)
      .sort()
      .at(-1) ?? ''
  );
}

/** How many requests a sighting is made of. */
export function requestsOf({ accesses }: Sighting): number {
  return accesses.reduce((sum, { requests }) => sum + requests, 0);
}

/** The accesses in these leaves, in the order of their first events: made few by the database, however many there were. */
export async function readAccesses(client: ClientBase, leaves: readonly LeafHead[]): Promise<Accesses[]> {
  const { from, values } = eventsOf(leaves);
  const { rows } = await client.query<Accesses>(
    `SELECT token_id AS "tokenId", actor_id AS "ownerId", reason, host(ip) AS ip, (extract(epoch FROM slot) * 1000)::float8 AS slot,
            requests::float8, first_id AS "firstId", last_id AS "lastId"
     FROM (
       SELECT e.token_id, e.actor_id, e.reason, e.ip, date_bin('${SLOT} milliseconds', e.at, 'epoch') AS slot, sum(e.count) AS requests,
              min(e.id::text COLLATE "C") AS first_id, max(e.id::text COLLATE "C") AS last_id
       ${from} WHERE e.event IN ('token.used', 'token.refused') GROUP BY 1, 2, 3, 4, 5
     ) few ORDER BY first_id`,
    values,
  );
  return rows;
}

/** What each rule looks at in these accesses, one sighting a rule and subject, in the order of their first events. */
export function sightingsIn(accesses: readonly Accesses[], rules: Rules): Sighting[] {
  const found = new Map<string, Sighting>();
  const see = (rule: RuleName, words: (string | null)[], about: Partial<Sighting>, one: Accesses) => {
    const subject = words.join(' ');
    const key = `${rule} ${subject}`;
    const { tokenId, ownerId } = one;
    const sighting = found.get(key) ?? { rule, subject, tokenId, ownerId, address: null, reason: null, accesses: [], ...about };
    sighting.accesses.push(one);
    found.set(key, sighting);
  };
  for (const one of accesses) {
    const { tokenId, reason, ip } = one;
    if (reason === null) {
      if (!tokenId) continue;
      see('dormant', [tokenId], { address: ip }, one);
      see('rate', [tokenId], {}, one);
      const network = ip === null ? null : networkOf(ip, rules);
      if (network) see('new_network', [tokenId, network], { address: network }, one);
      continue;
    }
    // Whoever has one IPv6 address has a /64 of them.
    const address = ip === null ? null : ip.includes(':') ? networkAround(ip, 64) : ip;
    if (tokenId && isDead(reason)) see('dead_value', [tokenId, reason, address], { address: address ?? '', reason }, one);
    if (address) see('address_burst', [address], { address, tokenId: null, ownerId: null }, one);
    if (tokenId) see('token_burst', [tokenId], {}, one);
  }
  return [...found.values()];
}

function isDead(reason: string): boolean {
  return reason === 'superseded' || reason === 'deleted';
}

function networkOf(ip: string, { new_network: { thresholds } }: Rules): string {
  return networkAround(ip, ip.includes(':') ? thresholds.prefix6 : thresholds.prefix4);
}
