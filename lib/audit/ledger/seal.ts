import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { canonicalSql } from '@/lib/audit/ledger/canonical';
import { eventsOf } from '@/lib/audit/ledger/leaves';
import { Frontier, type Subtree } from '@/lib/audit/ledger/merkle';
import { type Checkpoint, isSignedBy, readNote, type Signer, signNote } from '@/lib/audit/ledger/note';
import { readFrontier, STORED_LEVELS } from '@/lib/audit/ledger/tree';
import { momentOf } from '@/lib/id';

/** A checkpoint without anything new says that nothing was added until then. */
const HEARTBEAT = 60_000;
// One seal is one short transaction: at the gate's full rate a second's events, and less than half a second of work.
const LEAVES = 2000;
const EVENTS = 20_000;

// No leaf that Latchkey writes reaches so far: one that does may make the database read the whole log.
const WIDE = 24 * 3_600_000;

type Pending = { leafId: string; lastId: string; events: number };
type State = { frontier: Frontier; last: Checkpoint | undefined };

/**
 * Turns pending leaves into sealed ones. One works at a time (lib/boot/leader.ts); if two ever did, the numbers' primary keys would
 * stop one of them.
 */
export class Sealer {
  #state: State | undefined;
  /** How many leaves to take at a time: fewer while there is one among them that cannot be sealed. */
  #most = LEAVES;
  /** A leaf that could not be sealed by itself either. */
  #unsealable: Pending | undefined;

  constructor(
    private readonly signer: Signer,
    private readonly log: Logger,
  ) {}

  /**
   * Seals what is pending, oldest first, up to a second's worth, and signs a checkpoint over it: all in one transaction. True when there
   * may be more at once. Throws when what was sealed before is not what was signed.
   *
   * Anybody with the application's rights may write what waits, so one that cannot be sealed is set aside rather than in the way of all others.
   */
  async seal(client: ClientBase): Promise<boolean> {
    let batch: Pending[] = [];
    try {
      if (this.#unsealable) await this.#setAside(client, [this.#unsealable], 'unreadable');
      this.#unsealable = undefined;
      this.#state ??= await readState(client, this.signer);
      const pending = await nextPending(client, this.#most);
      await this.#setAside(client, pending.sealed, 'sealed');
      batch = pending.batch;
      if (batch.length > 0 || (await isDue(client, this.#state.last))) this.#state = await this.#extend(client, this.#state, batch);
      if (this.#most < LEAVES) this.#most = Math.min(LEAVES, this.#most * 2);
      return pending.hasMore;
    } catch (error) {
      // Whether it was committed is unknown: what the database says is read again.
      this.#state = undefined;
      await client.query('ROLLBACK').catch(() => {});
      if (batch.length > 1 && isAboutData(error)) this.#most = Math.ceil(batch.length / 2);
      else if (batch[0] && (isAboutValue(error) || (isAboutData(error) && isWide(batch[0])))) this.#unsealable = batch[0];
      else throw error;
      // After a timeout the connection is of no use.
      if (!isAboutValue(error)) throw error;
      return true;
    }
  }

  /** Takes these away from what waits, says so, and keeps it: verifications tell of it. */
  async #setAside(client: ClientBase, pending: readonly Pending[], reason: 'sealed' | 'unreadable'): Promise<void> {
    if (pending.length === 0) return;
    await client.query(SET_ASIDE, [pending.map(({ leafId }) => leafId), reason]);
    for (const { leafId, events } of pending.slice(0, MOST_SAID))
      this.log.error({ leaf: leafId, events, reason }, 'what waited to be sealed was set aside: something else than Latchkey wrote it');
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
    await this.#complain(client, batch, leaves);
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
  async #complain(client: ClientBase, batch: Pending[], leaves: SealedLeaf[]): Promise<void> {
    const found = new Map(leaves.map(({ leaf_id, events }) => [leaf_id, events]));
    const wrong = batch.filter(({ leafId, events }) => found.get(leafId) !== events);
    for (const { leafId, events } of wrong.slice(0, MOST_SAID))
      this.log.error(
        { leaf: leafId, written: events, found: found.get(leafId) ?? 0 },
        'events of the log vanished before they were sealed',
      );
    if (wrong.length > 0)
      await client.query(KEEP_VANISHED, [
        wrong.map(({ leafId }) => leafId),
        wrong.map(({ lastId }) => lastId),
        wrong.map(({ events }) => events),
      ]);
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

/** An error of what a row says, by which the database ends a statement: a value that cannot be computed (class 22), or is too much of one (54). */
function isAboutValue(error: unknown): boolean {
  return /^(?:22|54)/.test((error as { code?: string }).code ?? '');
}

/** The same, or a statement that took too long. */
function isAboutData(error: unknown): boolean {
  return isAboutValue(error) || (error as Error).message === 'Query read timeout' || (error as { code?: string }).code === '57014';
}

function isWide({ leafId, lastId }: Pending): boolean {
  return momentOf(lastId) - momentOf(leafId) > WIDE;
}

/** The next leaves, and those among them that were sealed before. */
async function nextPending(client: ClientBase, most: number): Promise<{ batch: Pending[]; sealed: Pending[]; hasMore: boolean }> {
  const { rows: next } = await client.query<Pending & { isSealed: boolean }>(
    `SELECT p.leaf_id AS "leafId", p.last_id AS "lastId", p.events, l.leaf_id IS NOT NULL AS "isSealed"
     FROM (SELECT * FROM audit_pending ORDER BY leaf_id LIMIT $1) p LEFT JOIN audit_leaf l USING (leaf_id) ORDER BY p.leaf_id`,
    [most],
  );
  const rows = next.filter(({ isSealed }) => !isSealed);
  const sealed = next.filter(({ isSealed }) => isSealed);
  let events = 0;
  const tooMany = rows.findIndex((row) => {
    events += row.events;
    return events > EVENTS;
  });
  const batch = tooMany === -1 ? rows : rows.slice(0, Math.max(1, tooMany));
  return { batch, sealed, hasMore: batch.length < rows.length || next.length === most };
}

async function isDue(client: ClientBase, last: Checkpoint | undefined): Promise<boolean> {
  if (!last) return true;
  const { rows } = await client.query('SELECT clock_timestamp() > $1::timestamptz + $2 * interval $$1 ms$$ AS due', [last.at, HEARTBEAT]);
  return rows[0].due;
}

// An error for each of a million would fill a disk.
const MOST_SAID = 20;
const SET_ASIDE = `
  WITH taken AS (DELETE FROM audit_pending WHERE leaf_id = ANY($1::uuid[]) RETURNING *)
  INSERT INTO audit_set_aside (leaf_id, last_id, events, reason, at) SELECT leaf_id, last_id, events, $2, clock_timestamp() FROM taken`;
const KEEP_VANISHED = `
  INSERT INTO audit_set_aside (leaf_id, last_id, events, reason, at)
  SELECT leaf_id, last_id, events, 'vanished', clock_timestamp() FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS gone(leaf_id, last_id, events)`;

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
