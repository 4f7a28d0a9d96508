import type { Pool } from 'pg';
import type { Allowance } from '@/lib/gate/limits';

/** So many requests in a calendar day or month of UTC. */
export type Quota = { requests: number; period: 'day' | 'month' };

// Taken out of the quota in portions, so that most requests cost no query: a hundredth of what is left, and one by one at the end, so that the
// last request counts on whichever instance it arrives. What a process that dies had taken out counts as used.
const TAKE_OUT = {
  name: 'gate-quota',
  text: `
    INSERT INTO quota_use AS use (token_id, period, starts_at, used, granted)
    SELECT $1, $2, date_trunc($2, clock_timestamp(), 'UTC'), portion, portion FROM (SELECT greatest(1, least(1000, $3::int / 100)) AS portion) first
    ON CONFLICT (token_id, period, starts_at) DO UPDATE
      SET granted = greatest(0, least($3 - use.used, greatest(1, least(1000, ($3 - use.used) / 100)))),
          used = use.used + greatest(0, least($3 - use.used, greatest(1, least(1000, ($3 - use.used) / 100))))
    RETURNING granted, $3 - used AS rest, extract(epoch FROM starts_at)::float8 * 1000 AS "startsAt",
      extract(epoch FROM (starts_at AT TIME ZONE 'UTC' + ('1 ' || period)::interval) AT TIME ZONE 'UTC')::float8 * 1000 AS "endsAt"`,
  query_timeout: 1800,
};

const GIVE_BACK =
  'UPDATE quota_use SET used = used - $4 WHERE token_id = $1 AND period = $2 AND starts_at = to_timestamp($3::float8 / 1000)';

/** A portion of a quota: what is left of it, and what the quota still had when it was taken out. */
type Portion = { left: number; rest: number; startsAt: number; endsAt: number; takenAt: number };

type Account = { portion: Portion | null; underway: Promise<Portion> | null };

// Others may give back what they had taken out, so a quota that was used up is asked about again after so many milliseconds.
const ASK_AGAIN = 1000;
// Tokens with a quota that are told apart at once.
const REMEMBERED = 100_000;

/** Counts requests against their tokens' quotas, exactly, across all instances: the database has what each of them may spend. */
export class Quotas {
  readonly #accounts = new Map<string, Account>();

  constructor(private readonly pool: Pool) {}

  /** Takes one request out of the quota of `tokenId`, if it has one left. `now`: the database's clock in milliseconds since 1970. */
  take(tokenId: string, quota: Quota, now: number): Allowance | Promise<Allowance> {
    const account = this.#accountOf(tokenId, quota);
    const { portion } = account;
    if (portion && now < portion.endsAt && (portion.left > 0 || now - portion.takenAt < ASK_AGAIN)) {
      if (portion.left > 0) return spend(portion, now);
      // Others wait for a portion of theirs: the last word on this one was that nothing is left.
      if (portion.rest <= 0) return { isAllowed: false, remaining: 0, waitSeconds: secondsTo(portion.endsAt, now) };
    }
    account.underway ??= this.#takeOut(tokenId, quota, now, account);
    return account.underway.then((taken) => (taken.left > 0 || taken.rest <= 0 ? spend(taken, now) : this.take(tokenId, quota, now)));
  }

  /** Gives back what was taken out and not spent. */
  async drained(): Promise<void> {
    const accounts = [...this.#accounts];
    this.#accounts.clear();
    for (const [key, { portion }] of accounts) {
      const [tokenId, period] = key.split(' ');
      if (portion && portion.left > 0) await this.pool.query(GIVE_BACK, [tokenId, period, portion.startsAt, portion.left]).catch(() => {});
    }
  }

  #accountOf(tokenId: string, { requests, period }: Quota): Account {
    const key = `${tokenId} ${period} ${requests}`;
    let account = this.#accounts.get(key);
    if (!account) {
      if (this.#accounts.size >= REMEMBERED) this.#accounts.delete(this.#accounts.keys().next().value as string);
      account = { portion: null, underway: null };
      this.#accounts.set(key, account);
    }
    return account;
  }

  async #takeOut(tokenId: string, { requests, period }: Quota, now: number, account: Account): Promise<Portion> {
    try {
      const { rows } = await this.pool.query<Omit<Portion, 'left' | 'takenAt'> & { granted: number }>({
        ...TAKE_OUT,
        values: [tokenId, period, requests],
      });
      const { granted, ...rest } = rows[0] as (typeof rows)[0];
      account.portion = { ...rest, left: granted, takenAt: now };
      return account.portion;
    } finally {
      account.underway = null;
    }
  }
}

function spend(portion: Portion, now: number): Allowance {
  const isAllowed = portion.left > 0;
  if (isAllowed) portion.left--;
  return { isAllowed, remaining: portion.left + Math.max(0, portion.rest), waitSeconds: secondsTo(portion.endsAt, now) };
}

function secondsTo(moment: number, now: number): number {
  return Math.max(1, Math.ceil((moment - now) / 1000));
}
