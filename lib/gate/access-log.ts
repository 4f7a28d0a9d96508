import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { type Access, type Current, type Guard, type Guarded, holds, type Row, storeRows } from '@/lib/gate/access-rows';
import { Batcher } from '@/lib/gate/batcher';
import { Floods, fold } from '@/lib/gate/floods';
import { LastUsed } from '@/lib/gate/last-used';
import { isUnavailable } from '@/lib/unavailable';

const FLOOD_WINDOW = 900;
const REFUSAL_DELAY = 150;
/** Accesses that may wait to be stored after their answer: more of them get no answer before theirs is stored. */
const BUFFERED = 10_000;
const LARGEST_INSERT = 2000;

/**
 * The log of accesses. What passed is stored by group commit: `passed` resolves when its group is on disk. Refusals do not
 * wait: they are stored within a second, and a flood of equal ones from one address becomes few rows with exact counts.
 */
export class AccessLog {
  readonly #groups: Batcher<Guarded, boolean>;
  readonly #lastUsed: LastUsed;
  readonly #floods = new Floods();
  /** Refusals, and what passed in buffered mode: answered, and yet to be stored. */
  #answered: Row[] = [];
  #isStoring = false;
  #tries = 0;
  #soon: NodeJS.Timeout | undefined;
  #soonAt = 0;
  #window: NodeJS.Timeout | undefined;
  #storing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly log: Logger,
    /** Told of every commit: what the database says of versions and time, and how many events it stored. */
    private readonly onCommit: (current: Current, stored: number) => void,
  ) {
    this.#lastUsed = new LastUsed(pool, log);
    this.#groups = new Batcher<Guarded, boolean>({
      inFlight: 2,
      largest: 512,
      waiting: 10_000,
      patience: 1500,
      run: async (group) => {
        const current = await this.#store(group.map((access) => ({ ...access, count: 1 })));
        const stored = group.map(({ guard }) => !guard || holds(guard, current));
        this.#lastUsed.note(group.filter((_, place) => stored[place]));
        return stored;
      },
    });
  }

  /**
   * Stores an access that may pass. True once it is durable; false when it was judged from the cache and `guard` no longer holds:
   * nothing is stored then. Rejects when it cannot be stored, and then it must not pass.
   */
  passed(access: Access, guard?: Guard): Promise<boolean> {
    return this.#groups.add(guard ? { ...access, guard } : access);
  }

  /** Accesses that wait to be stored, before their answer or after it, and groups under way. */
  get queued(): number {
    return this.#groups.size + this.#answered.length;
  }

  /** Notes a refusal, to be stored within a second. */
  refused(access: Access): void {
    const row = this.#floods.add(access);
    if (row) this.#answered.push(row);
    this.#flushSoon(REFUSAL_DELAY);
    this.#window ??= setTimeout(() => this.#endWindow(), FLOOD_WINDOW);
  }

  /**
   * Notes an access that passes before it is stored, which follows at once. False when too many wait already: then nothing is
   * noted, and it must not pass this way. They are stored one insert after another, so that a slow database gathers larger ones.
   */
  noted(access: Access): boolean {
    if (this.#answered.length >= BUFFERED) return false;
    this.#answered.push({ ...access, count: 1 });
    if (!this.#isStoring) this.#flushSoon(0);
    return true;
  }

  /** Resolves when everything noted so far is stored, or could not be. */
  async drained(): Promise<void> {
    this.#endWindow();
    await this.#groups.drained();
    for (let storing: unknown; storing !== this.#storing; ) {
      storing = this.#storing;
      await storing;
    }
    await this.#lastUsed.drained();
  }

  #endWindow(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    this.#answered.push(...this.#floods.end());
    this.#flush();
  }

  /** Flushes after so many milliseconds, or earlier if that was planned. */
  #flushSoon(delay: number): void {
    const at = performance.now() + delay;
    if (this.#soon && this.#soonAt <= at) return;
    clearTimeout(this.#soon);
    this.#soonAt = at;
    this.#soon = setTimeout(() => this.#flush(), delay);
  }

  #flush(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (this.#isStoring || this.#answered.length === 0) return;
    const rows = this.#answered.splice(0, LARGEST_INSERT);
    this.#isStoring = true;
    this.#storing = this.#storeAnswered(rows).then(
      () => {
        this.#isStoring = false;
        this.#flush();
      },
      (error) => {
        this.#isStoring = false;
        this.#keep(rows, error);
      },
    );
  }

  async #storeAnswered(rows: Row[]): Promise<void> {
    this.#tries++;
    for (const row of rows) row.firstTry ??= this.#tries;
    const again = rows.some(({ firstTry }) => firstTry !== this.#tries);
    try {
      await this.#store(rows, again);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // One of them cannot be stored as it is: it must not keep the others from being.
      for (const row of rows) await this.#storeAlone(row);
    }
    this.#lastUsed.note(rows.filter(({ reason }) => reason === null));
  }

  /** What PostgreSQL refuses can only be in what strangers sent: the event is kept without that. */
  async #storeAlone(row: Row): Promise<void> {
    try {
      await this.#store([row], true);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      this.log.error({ err: error, id: row.id }, 'an access is stored without address, client and request: they cannot be');
      await this.#store([{ ...row, ip: null, userAgent: null, subject: null, scopes: null }], true);
    }
  }

  /** The database is away: what passed waits, refusals are folded into counts, so that all fits into memory until it is back. */
  #keep(rows: Row[], error: unknown): void {
    this.log.warn({ err: error, accesses: rows.length }, 'accesses wait for the database');
    const all = [...rows, ...this.#answered];
    this.#answered = [...all.filter(({ reason }) => reason === null), ...fold(all.filter(({ reason }) => reason !== null))];
    this.#flushSoon(1000);
  }

  async #store(rows: readonly Row[], again = false): Promise<Current> {
    const current = await storeRows(this.pool, rows, again);
    this.onCommit(current, rows.length);
    return current;
  }
}
