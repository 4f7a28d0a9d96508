import type { Client } from 'pg';
import type { Subtree } from '@/lib/audit/ledger/merkle';
import type { Problems } from '@/lib/audit/ledger/problems';
import { momentOf } from '@/lib/id';

// What stands beside the leaves and the checkpoints, compared with what follows from them.

/** The inner nodes that are stored must be those of the tree: `completed`, as it was recomputed. */
export async function checkNodes(side: Client, problems: Problems, completed: readonly Subtree[]): Promise<void> {
  if (completed.length === 0) return;
  const { rows } = await side.query<{ place: number }>(
    `SELECT place::int - 1 AS place FROM unnest($1::int[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS wanted(level, index, hash, place)
     LEFT JOIN audit_node node ON node.level = wanted.level AND node.index = wanted.index
     WHERE node.hash IS DISTINCT FROM wanted.hash ORDER BY place`,
    [completed.map(({ level }) => level), completed.map(({ index }) => index), completed.map(({ hash }) => hash)],
  );
  for (const { place } of rows) {
    const { level, index } = completed[place] as Subtree;
    problems.say('tree_changed', `the stored node ${index} of level ${level} is not the tree's`, { leaf: index << BigInt(level) });
  }
}

/** What waits to be sealed must be there, and not be sealed already. Gives how many events wait. */
export async function checkPending(side: Client, problems: Problems): Promise<number> {
  const { rows } = await side.query<{ leaf: string; last: string; events: number; found: number; number: string | null }>(
    `SELECT p.leaf_id AS leaf, p.last_id AS last, p.events, l.number,
            (SELECT count(*)::int FROM audit_event e WHERE e.id BETWEEN p.leaf_id AND p.last_id AND coalesce(e.leaf_id, e.id) = p.leaf_id) AS found
     FROM audit_pending p LEFT JOIN audit_leaf l USING (leaf_id) ORDER BY p.leaf_id`,
  );
  for (const { leaf, last, events, found, number } of rows) {
    const place = { leaf: number === null ? null : BigInt(number), from: new Date(momentOf(leaf)), to: new Date(momentOf(last)) };
    if (number !== null) problems.say('pending_changed', 'a leaf that is sealed waits to be sealed again', place);
    else if (found !== events) problems.say('pending_changed', `a leaf that waits to be sealed has ${found} events of ${events}`, place);
  }
  return rows.filter(({ number }) => number === null).reduce((sum, { found }) => sum + found, 0);
}

/** How many leaves waited and could not be sealed. */
export async function countSetAside(side: Client): Promise<number> {
  return Number((await side.query<{ n: string }>('SELECT count(*) AS n FROM audit_set_aside')).rows[0]?.n);
}

/** Events and stored nodes that belong to nothing that was sealed; `counted`: how many do, or wait for it. */
export async function checkStrays(side: Client, problems: Problems, counted: { nodes: number; events: number }): Promise<void> {
  const count = async (table: string) => Number((await side.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n);
  const nodes = await count('audit_node');
  if (nodes > counted.nodes) problems.say('tree_changed', `${nodes - counted.nodes} stored nodes belong to no tree`);
  if ((await count('audit_event')) === counted.events) return;
  const { rows } = await side.query<{ id: string; at: Date | null; number: string | null }>(STRAYS);
  for (const { id, at, number } of rows)
    problems.say('event_added', `event ${id} belongs to no leaf`, { leaf: number === null ? null : BigInt(number), from: at, to: at });
}

// A moment may be none: anybody with the application's rights can write it. With the first leaf whose events are later: where in the order it was put.
const STRAYS = `
  SELECT e.id, CASE WHEN isfinite(e.at) THEN e.at END AS at, (SELECT number FROM audit_leaf l WHERE l.last_id >= e.id ORDER BY number LIMIT 1) AS number FROM audit_event e
  WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.leaf_id = coalesce(e.leaf_id, e.id) AND e.id BETWEEN l.leaf_id AND l.last_id)
    AND NOT EXISTS (SELECT FROM audit_pending p WHERE p.leaf_id = coalesce(e.leaf_id, e.id) AND e.id BETWEEN p.leaf_id AND p.last_id)
  ORDER BY e.id LIMIT 10`;
