import type { ClientBase } from 'pg';
import { sealedColumns } from '@/lib/audit/ledger/canonical';
import type { Changes, Outcome } from '@/lib/audit/schema';

/** A leaf of the ledger: which events it holds. */
export type LeafHead = { number: bigint; leafId: string; lastId: string; events: number };

/** An event as the ledger's followers get it. */
export type LedgerEvent = {
  id: string;
  at: Date;
  event: string;
  actorType: 'user' | 'token' | 'system';
  actorId: string | null;
  subjectId: string | null;
  tokenId: string | null;
  outcome: Outcome;
  reason: string | null;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  changes: Changes | null;
  request: string | null;
  count: number;
  generation: number | null;
  scopes: string | null;
};

/** A leaf with its events, in the order of their ids. */
export type Leaf = LeafHead & { rows: LedgerEvent[] };

const COLUMNS = Object.entries(sealedColumns)
  .map(([name, [column]]) => `e.${column} AS "${name}"`)
  .join(', ');

/**
 * A FROM clause that gives the events of these leaves as `e`, and its three parameters. Set-based work (a roll-up) is done with it in
 * SQL: at the gate's full rate, carrying every event through Node would cost more than sealing it.
 */
export function eventsOf(leaves: readonly Pick<LeafHead, 'leafId' | 'lastId'>[]): { from: string; values: string[][] } {
  return { from: EVENTS, values: [...spans(leaves), leaves.map(({ leafId }) => leafId)] };
}

// There is no index on leaf_id: it would cost every access. A leaf's id sorts before its events, so that they are a stretch of the
// primary key, shared with the leaves that were written at the same time. OFFSET 0 keeps the planner to that order: left alone it reads
// the whole table first.
const EVENTS = `FROM unnest($1::uuid[], $2::uuid[]) AS span(first_id, last_id)
  CROSS JOIN LATERAL (SELECT * FROM audit_event WHERE id BETWEEN span.first_id AND span.last_id AND coalesce(leaf_id, id) = ANY($3::uuid[]) OFFSET 0) e`;

/** The stretches of ids that these leaves cover, overlapping ones made one so that no row is read twice: the first ids and the last. */
function spans(leaves: readonly Pick<LeafHead, 'leafId' | 'lastId'>[]): [string[], string[]] {
  const firsts: string[] = [];
  const lasts: string[] = [];
  for (const { leafId, lastId } of [...leaves].sort((a, b) => (a.leafId < b.leafId ? -1 : 1))) {
    const last = lasts.at(-1);
    if (last !== undefined && leafId <= last) {
      if (lastId > last) lasts[lasts.length - 1] = lastId;
      continue;
    }
    firsts.push(leafId);
    lasts.push(lastId);
  }
  return [firsts, lasts];
}

/** The next leaves from number `from` on, without their events: at most `limit`. */
export async function readHeads(client: Pick<ClientBase, 'query'>, from: bigint, limit: number): Promise<LeafHead[]> {
  const { rows } = await client.query<Omit<LeafHead, 'number'> & { number: string }>(
    'SELECT number, leaf_id AS "leafId", last_id AS "lastId", events FROM audit_leaf WHERE number >= $1 ORDER BY number LIMIT $2',
    [from, limit],
  );
  return rows.map((row) => ({ ...row, number: BigInt(row.number) }));
}

/** The next leaves from number `from` on, with their events: at most `limit` leaves, of up to 2,000 events each. */
export async function readLeaves(client: ClientBase, from: bigint, limit: number): Promise<Leaf[]> {
  const heads = await readHeads(client, from, limit);
  const { from: events, values } = eventsOf(heads);
  const { rows } = await client.query<LedgerEvent & { leafId: string }>(
    `SELECT coalesce(e.leaf_id, e.id) AS "leafId", ${COLUMNS} ${events} ORDER BY e.id`,
    values,
  );
  const byLeaf = new Map<string, LedgerEvent[]>(heads.map(({ leafId }) => [leafId, []]));
  for (const { leafId, ...event } of rows) byLeaf.get(leafId)?.push(event);
  return heads.map((head) => ({ ...head, rows: byLeaf.get(head.leafId) ?? [] }));
}
