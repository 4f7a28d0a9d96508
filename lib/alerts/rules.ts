import type { Rules, Thresholds } from '@/lib/alerts/schema';
import { ruleNames, thresholds } from '@/lib/alerts/values';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Refusals are counted in slots of so many milliseconds. */
export const SLOT = 10_000;

/** A rule as a changed one is stored. */
export type StoredRule = { rule: string; enabled: boolean; suspends: boolean; thresholds: unknown };

/** The rules as they hold: those that were changed, and the others as they are made. All are on, and none suspends. */
export function rulesOf(stored: readonly StoredRule[]): Rules {
  const rules = ruleNames.map((name) => {
    const changed = stored.find(({ rule }) => rule === name);
    const values = Object.entries(thresholds[name]).map(([key, { standard }]) => {
      const value = (changed?.thresholds as Record<string, number> | undefined)?.[key];
      return [key, value ?? standard];
    });
    return [name, { enabled: changed?.enabled ?? true, suspends: changed?.suspends ?? false, thresholds: Object.fromEntries(values) }];
  });
  return Object.fromEntries(rules);
}

/** What is remembered of a token: its uses that passed. Moments are milliseconds since 1970. */
export type Memory = {
  firstUsedAt: number;
  lastUsedAt: number;
  /** The newest hour (UTC) with a use in it, its first event, and how many there were. */
  hour: number;
  firstId: string;
  requests: number;
  /** The busiest hour of its past, as of that hour; null: not looked up yet. */
  peak: number | null;
};

/** Some uses of a token that passed, within seconds. */
export type Uses = { firstAt: number; lastAt: number; firstId: string; requests: number };

/**
 * What is remembered after these uses. Those of an hour that is over already (they were stored late, or a clock was set back) count for the
 * last use and for no hour.
 */
export function remember(before: Memory | undefined, { firstAt, lastAt, firstId, requests }: Uses): Memory {
  const hour = Math.floor(lastAt / HOUR) * HOUR;
  const firstUsedAt = Math.min(before?.firstUsedAt ?? firstAt, firstAt);
  const lastUsedAt = Math.max(before?.lastUsedAt ?? lastAt, lastAt);
  if (!before || hour > before.hour) return { firstUsedAt, lastUsedAt, hour, firstId, requests, peak: null };
  return { ...before, firstUsedAt, lastUsedAt, requests: before.requests + (hour === before.hour ? requests : 0) };
}

/** For how long a token had slept when it was used at `at`, in whole days, if that is as long as the rule says. `since`: its last use, or its beginning. */
export function sleptFor(since: number, at: number, { days }: Thresholds<'dormant'>): number | null {
  const slept = at - since;
  return slept >= days * DAY ? Math.floor(slept / DAY) : null;
}

/** Whether a token's hour is worth being held against its past: busy enough, and the past as long as the rule looks back. */
export function isWorthComparing({ firstUsedAt, hour, requests }: Memory, limits: Thresholds<'rate'>): boolean {
  return requests >= limits.requests && firstUsedAt <= hour - limits.days * DAY;
}

/** Whether so many requests in an hour are far off the busiest hour of a past; a past without any counts as one request. */
export function isFarOff(requests: number, peak: number, limits: Thresholds<'rate'>): boolean {
  return requests >= limits.requests && requests >= limits.factor * Math.max(peak, 1);
}

/** Whether a token that is this old in use is still being learnt about: from where it is used is no news then. */
export function isLearning(firstUsedAt: number, at: number, { learningHours }: Thresholds<'new_network'>): boolean {
  return at < firstUsedAt + learningHours * HOUR;
}

/** Refusals in a slot of SLOT milliseconds. */
export type Tally = { slot: number; requests: number; firstId: string; lastId: string };

/**
 * The burst in these refusals of one subject (in the order of time), if there is one: from the beginning of the first window with enough of
 * them to the last of all. A window reaches from slot to slot, so that it never misses, and is up to one slot longer than it is called.
 */
export function burstIn(
  tallies: readonly Tally[],
  limits: { requests: number; minutes: number },
): Pick<Tally, 'requests' | 'firstId' | 'lastId'> | null {
  let from = 0;
  let sum = 0;
  for (const { slot, requests } of tallies) {
    sum += requests;
    while ((tallies[from] as Tally).slot < slot - limits.minutes * MINUTE) sum -= (tallies[from++] as Tally).requests;
    if (sum >= limits.requests) break;
  }
  if (sum < limits.requests) return null;
  const burst = tallies.slice(from);
  const ids = burst.map(({ firstId }) => firstId).sort();
  const lasts = burst.map(({ lastId }) => lastId).sort();
  return { requests: burst.reduce((all, one) => all + one.requests, 0), firstId: ids[0] ?? '', lastId: lasts.at(-1) ?? '' };
}

/** Whether something that was last seen at `lastAt` is kept quiet: the same was acknowledged not long enough ago. */
export function isQuiet(acknowledgedAt: number | undefined, lastAt: number, limits: Record<string, number>): boolean {
  return acknowledgedAt !== undefined && lastAt < acknowledgedAt + (limits.quietHours ?? 0) * HOUR;
}
