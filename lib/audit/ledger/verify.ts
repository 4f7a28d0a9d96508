import type { Client } from 'pg';
import { Frontier, leafHash, type Subtree } from '@/lib/audit/ledger/merkle';
import { type Checkpoint, isSignedBy, readNote, type Verifier } from '@/lib/audit/ledger/note';
import { both, NOTHING, type Problem, Problems, type Span, spanOf, times } from '@/lib/audit/ledger/problems';
import { type Prune, Pruned } from '@/lib/audit/ledger/pruned';
import { type StoredLeaf, storedLeaves } from '@/lib/audit/ledger/sealed-rows';
import { STORED_LEVELS } from '@/lib/audit/ledger/tree';
import { checkNodes, checkPending, checkStrays, countSetAside } from '@/lib/audit/ledger/verify-stored';

/** What a verification found. */
export type Verification = {
  /** Every problem, the first place first; no more than some hundred. None: the log is what was signed. */
  problems: Problem[];
  leaves: bigint;
  events: number;
  /** Events that were not yet sealed. */
  pending: number;
  checkpoints: bigint;
  /** The last checkpoint's note: keep it elsewhere, and compare with it another time. */
  last: string | null;
  /** Events that were sealed more than an hour after the time that they bear: history that was loaded, or written with a false date. */
  late: number;
  /** What was taken out of the log as the policy says, oldest first. Their leaves' hashes are still part of the tree. */
  prunes: Prune[];
  /** Leaves that waited to be sealed and could not be: something else than Latchkey wrote them, or removed their events. */
  setAside: number;
};

type Options = {
  /** Whose signatures count. */
  verifier: Verifier;
  /** Checkpoints that were kept elsewhere: the log must begin with what each of them states. */
  kept?: readonly string[];
  /** Told, many times a leaf, how many of how many are done. What it waits for is waited for; what it throws ends everything. */
  onProgress?: (done: bigint, total: bigint) => void | Promise<void>;
};

const PAGE = 1000;
const LATE = 3_600_000;

/**
 * Recomputes everything that the log's checkpoints state, from every event up, in one snapshot: at constant memory, whatever its length.
 * `events` and `side` are two connections of its own to the database. Nothing is changed.
 */
export async function verifyLedger(events: Client, side: Client, options: Options): Promise<Verification> {
  await side.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // Before the snapshot: what is pruned after it would be missing, and the record of that too.
  await side.query('LOCK TABLE audit_event IN ACCESS SHARE MODE');
  const { rows } = await side.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
  await events.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await events.query(`SET TRANSACTION SNAPSHOT '${rows[0]?.id}'`);
  // The order of reading is given (sealed-rows.ts); a plan that sorts first would hold the whole log.
  await events.query('SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off');
  for (const client of [events, side])
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
  try {
    const verifying = new Verifying(side, options);
    return await verifying.run(storedLeaves(events, () => verifying.tell()));
  } finally {
    for (const client of [events, side]) await client.query('ROLLBACK').catch(() => {});
  }
}

class Verifying {
  readonly #problems = new Problems();
  readonly #tree = new Frontier();
  /** By size; of how many the tree has reached the size. */
  readonly #kept: Checkpoint[] = [];
  #met = 0;
  #total = 0n;
  #events = 0;
  #late = 0;
  /** Checkpoints that were read and are not yet reached, in order. */
  #ahead: Checkpoint[] = [];
  #checkpoints = 0n;
  #last: (Checkpoint & { note: string }) | undefined;
  /** After the tree differs once, every later root does: said once. */
  #treeDiffers = false;
  /** The last checkpoint whose root was right. */
  #good: Checkpoint | undefined;
  /** The times of the leaves since then. */
  #since: Span = NOTHING;
  #completed: Subtree[] = [];
  readonly #pruned = new Pruned();
  #nodes = 0;

  constructor(
    private readonly side: Client,
    private readonly options: Options,
  ) {}

  async run(leaves: AsyncIterable<StoredLeaf>): Promise<Verification> {
    const { rows } = await this.side.query<{ n: string }>('SELECT coalesce(max(number) + 1, 0) AS n FROM audit_leaf');
    this.#total = BigInt(rows[0]?.n ?? 0);
    await this.tell();
    this.#readKept(this.options.kept ?? []);
    await this.#pruned.read(this.side, (kind, detail, at) => this.#problems.say(kind, detail, { from: at, to: at }));
    await this.#readAhead();
    await this.#reach();
    for await (const leaf of leaves) await this.#leaf(leaf);
    await this.#checkNodes();
    await this.#end();
    const pending = await checkPending(this.side, this.#problems);
    await checkStrays(this.side, this.#problems, { nodes: this.#nodes, events: this.#events + pending });
    return {
      problems: this.#problems.inOrder(this.#total),
      leaves: this.#tree.size,
      events: this.#events,
      pending,
      checkpoints: this.#checkpoints,
      last: this.#last?.note ?? null,
      late: this.#late,
      prunes: this.#pruned.prunes,
      setAside: await countSetAside(this.side),
    };
  }

  async #leaf(leaf: StoredLeaf): Promise<void> {
    const expected = this.#tree.size;
    const span = spanOf(leaf);
    if (leaf.number !== expected && !this.#treeDiffers) {
      this.#problems.say('leaf_missing', `${leaf.number - expected} leaves are missing from number ${expected} on`, {
        leaf: expected,
        ...times(both(this.#since, span)),
      });
      this.#treeDiffers = true;
    }
    this.#checkLeaf(leaf, span);
    this.#since = both(this.#since, span);
    this.#events += leaf.digests.length;
    const covering = this.#ahead.find(({ size }) => size > expected);
    if (covering && covering.at.getTime() - span.to > LATE) this.#late += leaf.digests.length;
    for (const subtree of this.#tree.append(leaf.hash)) if (subtree.level % STORED_LEVELS === 0) this.#completed.push(subtree);
    if (this.#completed.length >= PAGE) await this.#checkNodes();
    await this.#reach();
    await this.tell();
  }

  /** Says how far it is; called often, so that whoever is told can also make room for other work. */
  async tell(): Promise<void> {
    const wait = this.options.onProgress?.(this.#tree.size, this.#total);
    if (wait) await wait;
  }

  #checkLeaf(leaf: StoredLeaf, span: Span): void {
    const place = { leaf: leaf.number, ...times(span) };
    const found = leaf.digests.length;
    if (this.#pruned.has(leaf) && found === 0) return;
    if (found < leaf.events) this.#problems.say('event_missing', `${leaf.events - found} of ${leaf.events} events are missing`, place);
    else if (found > leaf.events) this.#problems.say('event_added', `there are ${found} events where ${leaf.events} were sealed`, place);
    else if (!leafHash(Buffer.concat(leaf.digests)).equals(leaf.hash))
      this.#problems.say(
        'event_changed',
        found === 1 ? 'the event is not what was sealed' : `one or more of ${found} events are not what was sealed`,
        place,
      );
    else if (leaf.lastFound !== leaf.lastId) this.#problems.say('leaf_changed', 'the leaf names another last event than it has', place);
  }

  /** Compares the tree with every checkpoint that states its present size. */
  async #reach(): Promise<void> {
    for (let kept = this.#kept[this.#met]; kept && kept.size <= this.#tree.size; kept = this.#kept[++this.#met])
      if (!this.#treeDiffers) this.#compare(kept, `the checkpoint of ${kept.at.toISOString()} that was kept elsewhere`);
    while (this.#ahead[0] && this.#ahead[0].size <= this.#tree.size) {
      const checkpoint = this.#ahead.shift() as Checkpoint;
      if (checkpoint.size === this.#tree.size && !this.#treeDiffers && this.#compare(checkpoint, `checkpoint ${checkpoint.number}`)) {
        this.#good = checkpoint;
        this.#since = NOTHING;
      }
      if (this.#ahead.length === 0) await this.#readAhead();
    }
  }

  #compare(checkpoint: Checkpoint, name: string): boolean {
    if (this.#tree.root().equals(checkpoint.root)) return true;
    this.#treeDiffers = true;
    const first = this.#good?.size ?? 0n;
    this.#problems.say('tree_changed', `the leaves from number ${first} up to ${this.#tree.size} are not those that ${name} states`, {
      leaf: first,
      checkpoint: checkpoint.number,
      ...times(this.#since),
    });
    return false;
  }

  /** Reads the next checkpoints and checks each by itself. */
  async #readAhead(): Promise<void> {
    const { rows } = await this.side.query<{ number: string; size: string; at: Date; note: string }>(
      'SELECT number, size, at, note FROM audit_checkpoint WHERE number > $1 ORDER BY number LIMIT $2',
      [this.#last?.number ?? -1n, PAGE],
    );
    for (const row of rows) {
      const before = this.#last;
      const number = BigInt(row.number);
      const stated = readNote(row.note);
      const place = { leaf: before?.size ?? 0n, checkpoint: number, from: before?.at ?? null, to: row.at };
      const expected = before ? before.number + 1n : 0n;
      if (number !== expected)
        this.#problems.say('checkpoint_missing', `${number - expected} checkpoints are missing before number ${number}`, place);
      if (!isSignedBy(row.note, this.options.verifier))
        this.#problems.say('checkpoint_untrusted', `checkpoint ${number} is not signed by ${this.options.verifier.name}'s key`, place);
      else if (!stated || stated.number !== number || stated.size !== BigInt(row.size) || stated.at.getTime() !== row.at.getTime())
        this.#problems.say('checkpoint_changed', `checkpoint ${number} is filed under what it does not state`, place);
      const own = stated ?? { number, size: BigInt(row.size), at: row.at, root: Buffer.alloc(0) };
      if (before && (own.size < before.size || own.at < before.at))
        this.#problems.say('checkpoint_changed', `checkpoint ${number} states less than the one before`, place);
      // One that says nothing that can be read is left out of the comparison with the tree; it has been reported.
      if (stated) this.#ahead.push(stated);
      this.#last = { ...own, number, note: row.note };
      this.#checkpoints++;
      // A signature is a tenth of a millisecond.
      await this.tell();
    }
    // All of a page were beyond reading: on to the next.
    if (rows.length === PAGE && this.#ahead.length === 0) await this.#readAhead();
  }

  #readKept(notes: readonly string[]): void {
    for (const note of notes) {
      const stated = readNote(note);
      if (stated && isSignedBy(note, this.options.verifier)) this.#kept.push(stated);
      else
        this.#problems.say(
          'checkpoint_untrusted',
          `a checkpoint that was kept elsewhere is not signed by ${this.options.verifier.name}'s key`,
        );
    }
    this.#kept.sort((a, b) => (a.size < b.size ? -1 : 1));
  }

  /** What the tree's end tells: nothing may be beyond the last checkpoint, and no checkpoint beyond the tree. */
  async #end(): Promise<void> {
    const size = this.#total;
    if (!this.#treeDiffers && size > (this.#last?.size ?? 0n)) {
      const place = { leaf: this.#last?.size ?? 0n, ...times(this.#since) };
      this.#problems.say('checkpoint_missing', `no checkpoint states the last ${size - (this.#last?.size ?? 0n)} leaves`, place);
    }
    const states = [
      ...(this.#last ? [{ ...this.#last, name: 'the last checkpoint' }] : []),
      ...this.#kept.map((kept) => ({ ...kept, name: `the checkpoint of ${kept.at.toISOString()} that was kept elsewhere` })),
    ];
    for (const { name, number, size: stated, at } of states) {
      const place = { leaf: size, checkpoint: number, from: this.#good?.at ?? null, to: at };
      if (stated > size) this.#problems.say('truncated', `${name} states ${stated} leaves, and there are ${size}`, place);
      else if (number > (this.#last?.number ?? -1n))
        this.#problems.say(
          'truncated',
          `${name} has number ${number}, and the log ends with checkpoint ${this.#last?.number ?? 'none'}`,
          place,
        );
    }
  }

  /** The stored nodes over what was read so far. */
  async #checkNodes(): Promise<void> {
    const completed = this.#completed.splice(0);
    this.#nodes += completed.length;
    if (!this.#treeDiffers) await checkNodes(this.side, this.#problems, completed);
  }
}
