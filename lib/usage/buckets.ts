import type { UsageRange } from '@/lib/usage/schema';

const HOUR = 3_600_000;

const spans: Record<UsageRange, { unit: 'hour' | 'day'; count: number }> = {
  '24h': { unit: 'hour', count: 24 },
  '7d': { unit: 'hour', count: 7 * 24 },
  '30d': { unit: 'day', count: 30 },
  '90d': { unit: 'day', count: 90 },
};

/** Where the hours or days of a range begin, oldest first, the current one last; and where the range before it began. */
export type Buckets = { unit: 'hour' | 'day'; starts: Date[]; before: Date };

/**
 * The hours or days up to `now`. Days are those of `zone` (IANA): one on which the clocks change has 23 or 25 hours. Hours are the
 * clock's of UTC: where a zone is half an hour off, they begin at half past, and a day with the first of them.
 */
export function bucketsOf(range: UsageRange, now: Date, zone: string): Buckets {
  const { unit, count } = spans[range];
  if (unit === 'day') return { unit, starts: lastDays(count, now, zone), before: firstOf(lastDays(2 * count, now, zone)) };
  const current = Math.floor(now.getTime() / HOUR) * HOUR;
  const starts = Array.from({ length: count }, (_, n) => new Date(current - (count - 1 - n) * HOUR));
  return { unit, starts, before: new Date(firstOf(starts).getTime() - count * HOUR) };
}

/** Where the last `count` days of `zone` begin, today last. */
export function lastDays(count: number, now: Date, zone: string): Date[] {
  const today = wallDay(now, zone);
  return Array.from({ length: count }, (_, n) => startOfDay(today + n + 1 - count, zone));
}

/** Days since 1970 of the date that a calendar in `zone` shows at that moment. */
function wallDay(at: Date, zone: string): number {
  const parts = partsIn(zone).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day')) / (24 * HOUR);
}

/** The first full UTC hour of a day in `zone`, found by halving: no zone is further than 15 hours from UTC, and some days begin at 01:00. */
function startOfDay(day: number, zone: string): Date {
  let [before, within] = [day * 24 - 16, day * 24 + 16];
  while (within - before > 1) {
    const middle = (before + within) >> 1;
    if (wallDay(new Date(middle * HOUR), zone) < day) before = middle;
    else within = middle;
  }
  return new Date(within * HOUR);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsIn(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, calendar: 'iso8601', year: 'numeric', month: 'numeric', day: 'numeric' });
  if (formats.size < 500) formats.set(zone, format);
  return format;
}

function firstOf(dates: Date[]): Date {
  return dates[0] as Date;
}
