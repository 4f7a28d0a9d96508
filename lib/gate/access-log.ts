import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { RefusalReason } from '@/lib/audit/schema';
import { Batcher } from '@/lib/gate/batcher';
import { momentOf, newId } from '@/lib/id';

/** One request to the gate, as the log keeps it. `at` is milliseconds since 1970 by the database's clock. */
export type Access = {
  /** Of the event and of the request: one UUIDv7 made from `at`. */
  id: string;
  at: number;
  tokenId: string | null;
  ownerId: string | null;
  /** Which of the token's values was shown, if it is a replaced one. */
  generation: number | null;
  /** Null: it passed. */
  reason: RefusalReason | null;
  ip: string | null;
  userAgent: string | null;
  subject: string | null;
  /** The scopes that the gateway asked for, separated by spaces; null when it asked for none. */
  scopes: string | null;
};

/** What an access judged from the cache was judged by: it is stored only if that still holds. `expiresAt`: the end of the value shown. */
export type Guard = { version: number; expiresAt: number | null };

type Guarded = Access & { guard?: Guard };

/** `firstTry`: the insert in which it was first sent, which may have stored it even if it was given up. */
type Row = Guarded & { count: number; firstTry?: number };

/** What the database said while it stored a group, and when (performance.now()) it was asked. */
type Current = { version: number; now: number; askedAt: number };

// The rows, and in the same statement the proof that those judged from the cache may pass: the version of all grants is still the
// one that they were judged at, and their tokens have not expired. `version` is null for what was looked up just now. What is stored is
// one leaf of the ledger, which lib/audit/ledger seals a moment later.
const insert = (name: string, onConflict: string) => ({
  name,
  text: `
    WITH current AS MATERIALIZED (
      SELECT version::float8 AS version, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now FROM grant_version
    ), stored AS (
      INSERT INTO audit_event (id, at, event, actor_type, actor_id, token_id, outcome, reason, ip, user_agent, request, count, generation, leaf_id, scopes)
      SELECT id, to_timestamp(at / 1000.0), CASE WHEN reason IS NULL THEN 'token.used' ELSE 'token.refused' END, 'token', actor_id,
             token_id, CASE WHEN reason IS NULL THEN 'ok' ELSE 'refused' END::outcome, reason, ip, user_agent, request, count,
             generation, nullif($13::uuid, $14::uuid), scopes
      FROM current, unnest($1::uuid[], $2::float8[], $3::uuid[], $4::uuid[], $5::text[], $6::inet[], $7::text[], $8::text[], $9::int[],
                           $10::float8[], $11::float8[], $12::int[], $15::text[])
        AS access(id, at, actor_id, token_id, reason, ip, user_agent, request, count, version, expires_at, generation, scopes)
      WHERE access.version IS NULL OR (access.version = current.version AND (expires_at IS NULL OR expires_at > current.now))
      ${onConflict}
      RETURNING 1
    ), pending AS (
      INSERT INTO audit_pending (leaf_id, last_id, events) SELECT $13::uuid, $14::uuid, count(*) FROM stored HAVING count(*) > 0
    )
    SELECT version, now FROM current`,
  query_timeout: 1800,
});

const INSERT = insert('gate-access-log', '');
// What is tried again after a time-out may be there already: its id says so. (Asking that of every row costs a part of its insert.)
const INSERT_AGAIN = insert('gate-access-log-again', 'ON CONFLICT (id) DO NOTHING');

const TOUCH = {
  name: 'gate-last-used',
  text: `
    UPDATE token SET last_used_at = used.at, last_used_ip = used.ip
    FROM unnest($1::uuid[], $2::timestamptz[], $3::inet[]) AS used(id, at, ip)
    WHERE token.id = used.id AND (token.last_used_at IS NULL OR token.last_used_at <= used.at - interval '1 minute')`,
  query_timeout: 1800,
};

const MINUTE = 60_000;
/** Tokens whose last use is remembered, so that a hot one is not asked about on each of its uses. */
const REMEMBERED = 100_000;
/** Equal refusals kept one by one in each window; the rest of them become one event with their exact count. */
const SINGLY = 5;
const FLOOD_WINDOW = 900;
const REFUSAL_DELAY = 150;
/** Accesses that may wait to be stored after their answer: more of them get no answer before theirs is stored. */
const BUFFERED = 10_000;
const LARGEST_INSERT = 2000;
const FLOODS = 10_000;

/**
 * The log of accesses. What passed is stored by group commit: `passed` resolves when its group is on disk. Refusals do not
 * wait: they are stored within a second, and a flood of equal ones from one address becomes few rows with exact counts.
 */
export class AccessLog {
  readonly #groups: Batcher<Guarded, boolean>;
  readonly #lastUsed = new Map<string, number>();
  /** Refusals, and what passed in buffered mode: answered, and yet to be stored. */
  #answered: Row[] = [];
  #floods = new Map<string, { seen: number; row: Row }>();
  #isStoring = false;
  #tries = 0;
  #soon: NodeJS.Timeout | undefined;
  #soonAt = 0;
  #window: NodeJS.Timeout | undefined;
  #storing: Promise<unknown> = Promise.resolve();
  #touching: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly log: Logger,
    /** Told of every commit: what the database says of versions and time, and how many events it stored. */
    private readonly onCommit: (current: Current, stored: number) => void,
  ) {
    this.#groups = new Batcher<Guarded, boolean>({
      inFlight: 2,
      largest: 512,
      waiting: 10_000,
      patience: 1500,
      run: async (group) => {
        const current = await this.#insert(group.map((access) => ({ ...access, count: 1 })));
        const stored = group.map(({ guard }) => !guard || holds(guard, current));
        this.#touch(group.filter((_, place) => stored[place]));
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

  /** Accesses that wait to be stored, and groups under way. */
  get queued(): number {
    return this.#groups.size;
  }

  /** Notes a refusal, to be stored within a second. */
  refused(access: Access): void {
    const key = `${access.reason} ${access.tokenId} ${access.generation} ${access.ip}`;
    const flood = this.#floods.get(key);
    if (flood && flood.seen >= SINGLY) flood.row.count++;
    else if (!flood && this.#floods.size >= FLOODS) this.#overflow(access);
    else {
      if (flood) flood.seen++;
      else this.#floods.set(key, { seen: 1, row: { ...access, id: newId(access.at), count: 0 } });
      this.#answered.push({ ...access, count: 1 });
    }
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
    await this.#touching;
  }

  /** More addresses at once than are told apart: one row a reason, without an address, still counts them all. */
  #overflow(access: Access): void {
    const key = `${access.reason}`;
    const flood = this.#floods.get(key);
    if (flood) flood.row.count++;
    else
      this.#floods.set(key, {
        seen: SINGLY,
        row: {
          ...access,
          tokenId: null,
          ownerId: null,
          generation: null,
          ip: null,
          userAgent: null,
          subject: null,
          scopes: null,
          count: 1,
        },
      });
  }

  #endWindow(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    for (const { row } of this.#floods.values()) if (row.count > 0) this.#answered.push(row);
    this.#floods.clear();
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
    this.#tries++;
    for (const row of rows) row.firstTry ??= this.#tries;
    const again = rows.some(({ firstTry }) => firstTry !== this.#tries);
    this.#storing = this.#insert(rows, again).then(
      () => {
        this.#isStoring = false;
        this.#touch(rows.filter(({ reason }) => reason === null));
        this.#flush();
      },
      (error) => {
        this.#isStoring = false;
        this.#keep(rows, error);
      },
    );
  }

  /**
   * The database is away: what passed waits, refusals are folded into counts, so that all fits into memory until it is back. Only those
   * that were first sent together: if they are there already they all are, and the id that they share then says so for each of them.
   */
  #keep(rows: Row[], error: unknown): void {
    this.log.warn({ err: error, accesses: rows.length }, 'accesses wait for the database');
    const all = [...rows, ...this.#answered];
    const folded = new Map<string, Row>();
    for (const row of all.filter(({ reason }) => reason !== null)) {
      const key = `${row.firstTry} ${row.reason}${folded.size < FLOODS ? ` ${row.tokenId} ${row.generation} ${row.ip}` : ''}`;
      const known = folded.get(key);
      if (known) known.count += row.count;
      else folded.set(key, { ...row });
    }
    this.#answered = [...all.filter(({ reason }) => reason === null), ...folded.values()];
    this.#flushSoon(1000);
  }

  async #insert(rows: Row[], again = false): Promise<Current> {
    const column = <T>(value: (row: Row) => T) => rows.map(value);
    // Ids and numbers need no quoting: written as PostgreSQL's array literal they cost a fraction of the driver's own way.
    const plain = (value: (row: Row) => string | number | null) => `{${rows.map((row) => value(row) ?? 'NULL').join()}}`;
    const askedAt = performance.now();
    const { rows: answer } = await this.pool.query<Omit<Current, 'askedAt'>>({
      ...(again ? INSERT_AGAIN : INSERT),
      values: [
        plain((row) => row.id),
        plain((row) => Math.floor(row.at)),
        plain((row) => row.ownerId),
        plain((row) => row.tokenId),
        plain((row) => row.reason),
        plain((row) => row.ip),
        column((row) => row.userAgent),
        column((row) => row.subject),
        plain((row) => row.count),
        plain((row) => row.guard?.version ?? null),
        plain((row) => row.guard?.expiresAt ?? null),
        plain((row) => row.generation),
        ...leafOf(rows),
        column((row) => row.scopes),
      ],
    });
    const current = { ...(answer[0] as Omit<Current, 'askedAt'>), askedAt };
    this.onCommit(current, rows.length);
    return current;
  }

  /** Writes when and from where tokens were last used, at most once a minute each, off the way of the answers. */
  #touch(group: Access[]): void {
    const due = new Map<string, Access>();
    for (const access of group) {
      if (access.tokenId && access.at - (this.#lastUsed.get(access.tokenId) ?? 0) >= MINUTE) due.set(access.tokenId, access);
    }
    if (due.size === 0) return;
    if (this.#lastUsed.size > REMEMBERED) this.#lastUsed.clear();
    for (const [id, access] of due) this.#lastUsed.set(id, access.at);
    const used = [...due.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    const values = [
      used.map(([id]) => id),
      used.map(([, access]) => new Date(access.at).toISOString()),
      used.map(([, access]) => access.ip),
    ];
    this.#touching = this.#touching
      .then(() => this.pool.query({ ...TOUCH, values }))
      .catch((error) => {
        for (const id of due.keys()) this.#lastUsed.delete(id);
        this.log.warn({ err: error }, 'last use not written');
      });
  }
}

/**
 * The leaf that these rows become, and the greatest of their ids. A row alone is a leaf by itself, under its own id; the id of several
 * sorts before all of theirs, and is new also where they are tried again.
 */
function leafOf(rows: readonly { id: string }[]): [leafId: string, lastId: string] {
  let [first, last] = [rows[0]?.id ?? '', rows[0]?.id ?? ''];
  for (const { id } of rows) {
    if (id < first) first = id;
    else if (id > last) last = id;
  }
  return [first === last ? first : newId(momentOf(first) - 1), last];
}

/** The same condition as the INSERT's own. */
function holds({ version, expiresAt }: Guard, current: Current): boolean {
  return version === current.version && (expiresAt === null || expiresAt > current.now);
}
