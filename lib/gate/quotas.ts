import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { Batcher } from '@/lib/gate/batcher';
import type { Allowance } from '@/lib/gate/limits';

/** So many requests in a calendar day or month of UTC. */
export type Quota = { requests: number; period: 'day' | 'month' };

// Taken out of the quota in portions, so that most requests cost no query: as many as wait for it, or about what the token uses in a second, but at
// most a hundredth of what is left. In the order of the keys, so that two instances wait for one another rather than both.
const TAKE_OUT = {
  name: 'gate-quota',
  text: `
    WITH asked AS (
      SELECT *, date_trunc(period, clock_timestamp(), 'UTC') AS starts_at
      FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::int[]) AS asked(token_id, period, requests, wanted, size)
    )
    INSERT INTO quota_use AS use (token_id, period, starts_at, used, granted)
    SELECT token_id, period, starts_at, portion, portion
    FROM asked, LATERAL (SELECT least(requests, greatest(wanted, least(size, requests / 100))) AS portion) first
    ORDER BY token_id, period
    ON CONFLICT (token_id, period, starts_at) DO UPDATE SET (granted, used) = (
      SELECT portion, use.used + portion
      FROM asked, LATERAL (
        SELECT greatest(0, least(requests - use.used, greatest(wanted, least(size, (requests - use.used) / 100)))) AS portion
      ) next
      WHERE asked.token_id = use.token_id AND asked.period = use.period)
    RETURNING token_id AS "tokenId", period, granted, used, extract(epoch FROM starts_at)::float8 * 1000 AS "startsAt",
      extract(epoch FROM (starts_at AT TIME ZONE 'UTC' + ('1 ' || period)::interval) AT TIME ZONE 'UTC')::float8 * 1000 AS "endsAt"`,
  query_timeout: 1800,
};

const GIVE_BACK = {
  name: 'gate-quota-back',
  text: `
    WITH back AS (
      SELECT use.token_id, use.period, use.starts_at, given.rest
      FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::int[]) AS given(token_id, period, starts_at, rest)
      JOIN quota_use use ON use.token_id = given.token_id AND use.period = given.period AND use.starts_at = to_timestamp(given.starts_at / 1000)
      ORDER BY use.token_id, use.period FOR UPDATE OF use
    )
    UPDATE quota_use use SET used = used - back.rest FROM back
    WHERE use.token_id = back.token_id AND use.period = back.period AND use.starts_at = back.starts_at`,
  query_timeout: 1800,
};

/** A portion of a quota: what is left of it, and what the quota still had when it was taken out. */
type Portion = { left: number; rest: number; startsAt: number; endsAt: number; takenAt: number };

type Account = {
  tokenId: string;
  quota: Quota;
  portion: Portion | null;
  /** How many requests to take out at once. */
  size: number;
  /** When it was last asked for, by performance.now(). */
  usedAt: number;
};

type Take = { account: Account; now: number };
type Taken = { tokenId: string; period: string; granted: number; used: number; startsAt: number; endsAt: number };

// Others may give back what they had taken out, so a quota that was used up is asked about again after so many milliseconds.
const ASK_AGAIN = 1000;
const LARGEST_PORTION = 1000;
// What nobody has asked for so many milliseconds is given back: then the database knows exactly what was used.
const IDLE = 2000;
const SWEEP_EVERY = 1000;
const LONGEST_GOODBYE = 1000;
// Tokens with a quota that are told apart at once.
const REMEMBERED = 100_000;

/**
 * Counts requests against their tokens' quotas, exactly, across all instances: the database has what each of them may spend. What a process
 * that dies had taken out, about as much as a token uses in a second, counts as used.
 */
export class Quotas {
  readonly #accounts = new Map<string, Account>();
  // One after another, so that what comes for a token while its portion is on the way shares the next.
  readonly #takes = new Batcher<Take, Allowance>({
    inFlight: 1,
    largest: 256,
    waiting: 10_000,
    patience: 1500,
    run: (takes) => this.#serve(takes),
  });
  #sweeper: NodeJS.Timeout | undefined;
  #givingBack: Promise<unknown> | undefined;

  constructor(private readonly pool: Pool) {}

  /**
   * Takes one request out of the quota of `tokenId`, if it has one left. `now`: the database's clock in milliseconds since 1970. Rejects when the
   * database does not tell within 1.5 s.
   */
  take(tokenId: string, quota: Quota, now: number): Allowance | Promise<Allowance> {
    const account = this.#accountOf(tokenId, quota);
    account.usedAt = performance.now();
    const { portion } = account;
    if (portion && now < portion.endsAt) {
      // Where nothing is left the last word holds for a moment.
      if (portion.left > 0 || (portion.rest <= 0 && now - portion.takenAt < ASK_AGAIN)) return spend(portion, now);
    }
    return this.#takes.add({ account, now });
  }

  /** Gives back what was taken out and not spent, within a second or not at all. */
  async drained(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    const accounts = [...this.#accounts.values()];
    this.#accounts.clear();
    await Promise.race([this.#giveBack(accounts), sleep(LONGEST_GOODBYE, undefined, { ref: false })]);
  }

  #accountOf(tokenId: string, quota: Quota): Account {
    const key = keyOf(tokenId, quota);
    let account = this.#accounts.get(key);
    if (!account) {
      if (this.#accounts.size >= REMEMBERED) this.#accounts.delete(this.#accounts.keys().next().value as string);
      account = { tokenId, quota, portion: null, size: 1, usedAt: 0 };
      this.#accounts.set(key, account);
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_EVERY).unref();
    }
    return account;
  }

  async #serve(takes: Take[]): Promise<Allowance[]> {
    const answers = new Map<Take, Allowance>();
    const asking = new Map<Account, Take[]>();
    for (const take of takes) asking.set(take.account, [...(asking.get(take.account) ?? []), take]);
    while (asking.size > 0) {
      // A token whose quota has just changed has two accounts for a moment, and one row: that is asked about once at a time.
      const round = new Map([...asking].map(([account, of]) => [rowOf(account.tokenId, account.quota.period), { account, of }]));
      for (const { account } of round.values()) asking.delete(account);
      for (const row of await this.#takeOut([...round.values()])) {
        const { account, of } = round.get(rowOf(row.tokenId, row.period)) as { account: Account; of: Take[] };
        this.#fill(account, row, of);
        // At once: nobody who comes later gets what these have waited for.
        for (const take of of) answers.set(take, spend(account.portion as Portion, take.now));
      }
    }
    return takes.map((take) => answers.get(take) as Allowance);
  }

  async #takeOut(asked: { account: Account; of: Take[] }[]): Promise<Taken[]> {
    const column = <T>(value: (account: Account, of: Take[]) => T) => asked.map(({ account, of }) => value(account, of));
    const { rows } = await this.pool.query<Taken>({
      ...TAKE_OUT,
      values: [
        column(({ tokenId }) => tokenId),
        column(({ quota }) => quota.period),
        column(({ quota }) => quota.requests),
        column((_, of) => of.length),
        column(({ size }) => size),
      ],
    });
    return rows;
  }

  /** Larger portions for who was quick to spend the last one, smaller ones for who was slow. */
  #fill(account: Account, { granted, used, startsAt, endsAt }: Taken, [first]: Take[]): void {
    const takenAt = (first as Take).now;
    const lasted = takenAt - (account.portion?.takenAt ?? takenAt);
    account.size = lasted < 1000 ? Math.min(LARGEST_PORTION, account.size * 2) : Math.max(1, Math.floor(account.size / 2));
    account.portion = { left: granted, rest: account.quota.requests - used, startsAt, endsAt, takenAt };
    // It may have been taken for idle while the database was slow.
    this.#accounts.set(keyOf(account.tokenId, account.quota), account);
  }

  #sweep(): void {
    // What hangs is not asked twice.
    if (this.#givingBack) return;
    const before = performance.now() - IDLE;
    const idle = [...this.#accounts].filter(([, { usedAt }]) => usedAt < before);
    for (const [key] of idle) this.#accounts.delete(key);
    if (this.#accounts.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }
    this.#givingBack = this.#giveBack(idle.map(([, account]) => account)).finally(() => {
      this.#givingBack = undefined;
    });
  }

  /** Where it fails, what was held counts as used: nobody knows whether it was given back. */
  async #giveBack(accounts: Account[]): Promise<void> {
    const rests = accounts.flatMap(({ tokenId, quota, portion }) =>
      portion && portion.left > 0 ? [{ tokenId, period: quota.period, startsAt: portion.startsAt, left: portion.left }] : [],
    );
    if (rests.length === 0) return;
    const values = (['tokenId', 'period', 'startsAt', 'left'] as const).map((name) => rests.map((rest) => rest[name]));
    await this.pool.query({ ...GIVE_BACK, values }).catch(() => {});
  }
}

function keyOf(tokenId: string, { period, requests }: Quota): string {
  return `${rowOf(tokenId, period)} ${requests}`;
}

function rowOf(tokenId: string, period: string): string {
  return `${tokenId} ${period}`;
}

function spend(portion: Portion, now: number): Allowance {
  const isAllowed = portion.left > 0;
  if (isAllowed) portion.left--;
  return { isAllowed, remaining: portion.left + Math.max(0, portion.rest), waitSeconds: secondsTo(portion.endsAt, now) };
}

function secondsTo(moment: number, now: number): number {
  return Math.max(1, Math.ceil((moment - now) / 1000));
}
