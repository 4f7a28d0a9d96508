import { spanOf, wallAt } from '@/lib/wall-time';

/** In the roll-up: what concerns anybody or nobody. */
export const EVERYBODY = '00000000-0000-0000-0000-000000000000';

/** For so long minutes are kept; for so many days hours. */
export const MINUTES_KEPT = 3 * 1440;
export const DAYS_KEPT = 400;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Without a range, the bars are those of as many days. */
const USUAL = 30 * DAY;
const MOST_BARS = 192;
const MOST_DAYS = 100;

/**
 * Where the bars begin, oldest first; where the last one ends; and of which rows of the roll-up they are made (in minutes). `isCut`: the range began
 * earlier; null: there was none.
 */
export type Bars = { unit: 'minute' | 'hour' | 'day'; starts: Date[]; end: Date; step: 1 | 60; isCut: boolean | null };

type Range = { from?: Date; until?: Date; within?: number };

/**
 * The bars for a range of the log up to `now`, each whole: the first begins before the range does. Days are those of `zone`, from their first
 * full hour of UTC on. Null for a range of which nothing is kept, or that has not begun.
 */
export function barsFor({ from, until, within }: Range, now: Date, zone: string): Bars | null {
  const end = Math.min(until?.getTime() ?? Number.POSITIVE_INFINITY, now.getTime());
  const oldest = now.getTime() - DAYS_KEPT * DAY;
  const since = Math.max(from?.getTime() ?? Number.NEGATIVE_INFINITY, within ? now.getTime() - within : Number.NEGATIVE_INFINITY);
  const wanted = since === Number.NEGATIVE_INFINITY ? end - USUAL : since;
  const isCut = wanted < oldest || (since === Number.NEGATIVE_INFINITY ? null : false);
  const start = Math.max(wanted, oldest);
  if (start >= end) return null;
  const width = [1, 5, 15, 60].find(
    (minutes) =>
      (end - start) / (minutes * MINUTE) <= MOST_BARS && (minutes === 60 || start > now.getTime() - (MINUTES_KEPT - 60) * MINUTE),
  );
  if (!width) return { ...days(start, end, zone), isCut };
  const length = width * MINUTE;
  const first = Math.floor(start / length) * length;
  const starts = Array.from({ length: Math.ceil((end - first) / length) }, (_, n) => new Date(first + n * length));
  return {
    unit: width === 60 ? 'hour' : 'minute',
    starts,
    end: new Date(first + starts.length * length),
    step: width === 60 ? 60 : 1,
    isCut,
  };
}

/** A bar a day, or for long ranges every so many days; the last one ends after `end`. */
function days(from: number, end: number, zone: string): Omit<Bars, 'isCut'> {
  const first = new Date(wallAt(from, zone));
  const every = Math.ceil((end - from) / DAY / MOST_DAYS);
  const starts: Date[] = [];
  for (let n = 0; ; n += every) {
    const start = startOfDay(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate() + n), zone);
    if (start.getTime() >= end) return { unit: 'day', starts, end: start, step: 60 };
    starts.push(start);
  }
}

/** The first full hour of UTC in the day that begins at that time on its clocks: the roll-up knows no half hours. */
function startOfDay(day: number, zone: string): Date {
  return new Date(Math.ceil(spanOf(day, zone).first / HOUR) * HOUR);
}
