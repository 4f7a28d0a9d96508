import type { ClientBase } from 'pg';
import { type LeafHead, readHeads } from '@/lib/audit/ledger/leaves';

// At the gate's full rate a second is some hundred leaves: fewer at a time would write the same rows several times a second.
const LEAVES = 1000;

/**
 * Hands `name` its next leaves (in order, without gaps; as many as hold `events` events, but one at least) in a transaction on `client`. What
 * `work` writes on that client and the new position commit together, so that each leaf counts exactly once, whoever dies when; two at a
 * time take turns. The events are read with eventsOf() or readLeaves(). Gives how many leaves there were: 0 when there is nothing new.
 *
 * For what cannot be rolled back (sending something somewhere), see positionOf() and advance().
 */
export async function consume(
  client: ClientBase,
  name: string,
  events: number,
  work: (leaves: readonly LeafHead[]) => Promise<void>,
): Promise<number> {
  await client.query('BEGIN');
  try {
    await client.query('INSERT INTO audit_consumer (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING', [name]);
    const { rows } = await client.query<{ position: string }>('SELECT position FROM audit_consumer WHERE name = $1 FOR UPDATE', [name]);
    const position = BigInt(rows[0]?.position ?? 0);
    const leaves = upTo(events, await readHeads(client, position, LEAVES));
    if (leaves.length > 0) {
      await work(leaves);
      await client.query('UPDATE audit_consumer SET position = $2 WHERE name = $1', [name, (leaves.at(-1) as LeafHead).number + 1n]);
    }
    await client.query('COMMIT');
    return leaves.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // the connection is gone, and the transaction with it
    throw error;
  }
}

/** The first of these leaves that hold no more than so many events together; of none the first does, that one. */
function upTo(most: number, leaves: LeafHead[]): LeafHead[] {
  let events = 0;
  const end = leaves.findIndex((leaf) => {
    events += leaf.events;
    return events > most;
  });
  return end === -1 ? leaves : leaves.slice(0, Math.max(1, end));
}

/** The number of the leaf that comes next for `name`; for a new one that of the next leaf to be sealed, or 0 with `fromStart`. */
export async function positionOf(client: ClientBase, name: string, fromStart = false): Promise<bigint> {
  const start = fromStart ? '0' : '(SELECT coalesce(max(number) + 1, 0) FROM audit_leaf)';
  await client.query(`INSERT INTO audit_consumer (name, position) SELECT $1, ${start} ON CONFLICT DO NOTHING`, [name]);
  const { rows } = await client.query<{ position: string }>('SELECT position FROM audit_consumer WHERE name = $1', [name]);
  return BigInt(rows[0]?.position ?? 0);
}

/**
 * Moves `name` on after what it did with the leaves before `to`: at least once, since whoever dies in between does it again. False
 * when somebody else has moved it meanwhile.
 */
export async function advance(client: ClientBase, name: string, from: bigint, to: bigint): Promise<boolean> {
  const moved = await client.query('UPDATE audit_consumer SET position = $3 WHERE name = $1 AND position = $2', [name, from, to]);
  return moved.rowCount === 1;
}
