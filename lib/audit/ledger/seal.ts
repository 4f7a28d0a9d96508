import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { canonicalSql } from '@/lib/audit/ledger/canonical';
import { eventsOf } from '@/lib/audit/ledger/leaves';
import { Frontier, type Subtree } from '@/lib/audit/ledger/merkle';
import { type Checkpoint, isSignedBy, readNote, type Signer, signNote } from '@/lib/audit/ledger/note';
import { readFrontier, STORED_LEVELS } from '@/lib/audit/ledger/tree';

/** A checkpoint without anything new says that nothing was added until then. */
const HEARTBEAT = 60_000;
// One seal is one short transaction: at the gate's full rate a second's events, and less than half a second of work.
const LEAVES = 2000;
const EVENTS = 20_000;

type Pending = { leafId: string; lastId: string; events: number };
type State = { frontier: Frontier; last: Checkpoint | undefined };

/**
 * Turns pending leaves into sealed ones. One works at a time (lib/boot/leader.ts); if two ever did, the numbers' primary keys would
 * stop one of them.
 */
export class Sealer {
  #state: State | undefined;

  constructor(
    private readonly signer: Signer,
    private readonly log: Logger,
  ) {}

  /**
   * Seals what is pending, oldest first, up to a second's worth, and signs a checkpoint over it: all in one transaction. True when there
   * may be more at once. Throws when what was sealed before is not what was signed.
   */
  async seal(client: ClientBase): Promise<boolean> {
    try {
      this.#state ??= await readState(client, this.signer);
      const { batch, hasMore } = await nextPending(client);
      if (batch.length > 0 || (await isDue(client, this.#state.last))) this.#state = await this.#extend(client, this.#state, batch);
      return hasMore;
    } catch (error) {
      // Whether it was committed is unknown: what the database says is read again.
      this.#state = undefined;
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  async #extend(client: ClientBase, { frontier: before, last }: State, batch: Pending[]): Promise<State> {
    const frontier = before.copy();
    await client.query('BEGIN');
    const { rows: taken } = await client.query<{ taken: number; at: Date }>(TAKE, [batch.map(({ leafId }) => leafId)]);
    const { taken: count, at: now } = taken[0] as { taken: number; at: Date };
    // A clock that was set back does not take the checkpoints back.
    const at = last && last.at > now ? last.at : now;
    if (count !== batch.length) throw new Error('Somebody else seals at the same time');
    const leaves = batch.length > 0 ? await insertLeaves(client, frontier.size, batch) : [];
    this.#complain(batch, leaves);
    const completed = leaves.flatMap(({ hash }) => frontier.append(hash));
    await insertNodes(client, completed);
    const checkpoint = { number: last ? last.number + 1n : 0n, size: frontier.size, root: frontier.root(), at };
    await client.query('INSERT INTO audit_checkpoint (number, size, at, note) VALUES ($1, $2, $3, $4)', [
      checkpoint.number,
      checkpoint.size,
      at,
      signNote(checkpoint, this.signer),
    ]);
    await client.query('COMMIT');
    return { frontier, last: checkpoint };
  }

  /** Events that were written and are not there any more when they are sealed, a second later: nobody but an intruder removes any. */
  #complain(batch: Pending[], leaves: SealedLeaf[]): void {
    const found = new Map(leaves.map(({ leaf_id, events }) => [leaf_id, events]));
    for (const { leafId, events } of batch) {
      if (found.get(leafId) !== events)
        this.log.error(
          { leaf: leafId, written: events, found: found.get(leafId) ?? 0 },
          'events of the log vanished before they were sealed',
        );
    }
  }
}

/** What the tree is, by the last checkpoint; it must follow from what is stored. */
async function readState(client: ClientBase, { verifier }: Signer): Promise<State> {
  const { rows } = await client.query<{ note: string | null; leaves: string }>(
    `SELECT (SELECT note FROM audit_checkpoint ORDER BY number DESC LIMIT 1) AS note,
            (SELECT coalesce(max(number) + 1, 0) FROM audit_leaf) AS leaves`,
  );
  const { note, leaves } = rows[0] as { note: string | null; leaves: string };
  if (note === null && leaves === '0') return { frontier: new Frontier(), last: undefined };
  const last = note !== null && isSignedBy(note, verifier) ? readNote(note) : null;
  if (!last || last.size !== BigInt(leaves)) throw new LedgerError();
  const frontier = await readFrontier(client, last.size);
  if (!frontier.root().equals(last.root)) throw new LedgerError();
  return { frontier, last };
}

/** The ledger is not what was signed: nothing can be added to it. */
class LedgerError extends Error {
  override name = 'LedgerError';
  constructor() {
    super('The ledger of the log is not what was signed: run npm run audit:verify');
  }
}

async function nextPending(client: ClientBase): Promise<{ batch: Pending[]; hasMore: boolean }> {
  const { rows } = await client.query<Pending>(
    'SELECT leaf_id AS "leafId", last_id AS "lastId", events FROM audit_pending ORDER BY leaf_id LIMIT $1',
    [LEAVES],
  );
  let events = 0;
  const tooMany = rows.findIndex((row) => {
    events += row.events;
    return events > EVENTS;
  });
  const batch = tooMany === -1 ? rows : rows.slice(0, Math.max(1, tooMany));
  return { batch, hasMore: batch.length < rows.length || rows.length === LEAVES };
}

async function isDue(client: ClientBase, last: Checkpoint | undefined): Promise<boolean> {
  if (!last) return true;
  const { rows } = await client.query('SELECT clock_timestamp() > $1::timestamptz + $2 * interval $$1 ms$$ AS due', [last.at, HEARTBEAT]);
  return rows[0].due;
}

const TAKE = `
  WITH taken AS (DELETE FROM audit_pending WHERE leaf_id = ANY($1::uuid[]) RETURNING leaf_id)
  SELECT count(*)::int AS taken, clock_timestamp()::timestamptz(3) AS at FROM taken`;

type SealedLeaf = { number: string; leaf_id: string; events: number; hash: Buffer };

// The digests are PostgreSQL's work, over what it has stored: 4 µs an event, where carrying the events to Node would cost more than
// everything else that the gate does for them (docs/decisions/2026-11-21-the-ledger.md).
async function insertLeaves(client: ClientBase, from: bigint, batch: Pending[]): Promise<SealedLeaf[]> {
  const { from: events, values } = eventsOf(batch);
  const { rows } = await client.query<SealedLeaf>(
    `WITH digest AS (
       SELECT coalesce(e.leaf_id, e.id) AS leaf_id, e.id, sha256(convert_to(${canonicalSql('e')}, 'UTF8')) AS digest ${events}
     ), leaf AS (
       SELECT leaf_id, max(id::text COLLATE "C")::uuid AS last_id, count(*)::int AS events,
              sha256('\\x00'::bytea || string_agg(digest, ''::bytea ORDER BY id)) AS hash
       FROM digest GROUP BY leaf_id
     )
     INSERT INTO audit_leaf (number, leaf_id, last_id, events, hash)
     SELECT $4::bigint + row_number() OVER (ORDER BY leaf_id) - 1, leaf_id, last_id, events, hash FROM leaf
     RETURNING number, leaf_id, events, hash`,
    [...values, from],
  );
  return rows.sort((a, b) => (BigInt(a.number) < BigInt(b.number) ? -1 : 1));
}

async function insertNodes(client: ClientBase, completed: Subtree[]): Promise<void> {
  const stored = completed.filter(({ level }) => level % STORED_LEVELS === 0);
  if (stored.length === 0) return;
  await client.query('INSERT INTO audit_node (level, index, hash) SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])', [
    stored.map(({ level }) => level),
    stored.map(({ index }) => index),
    stored.map(({ hash }) => hash),
  ]);
}
