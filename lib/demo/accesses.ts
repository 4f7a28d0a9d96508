import type { RefusalReason } from '@/lib/audit/schema';
import type { Dice } from '@/lib/demo/random';
import type { DemoUse, Rhythm } from '@/lib/demo/tokens';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** One look of a gateway at a token. `at` is milliseconds since 1970. */
export type DemoAccess = { at: number; reason: RefusalReason | null; ip: string; userAgent: string; request: string; count: number };

/** Between `at` and `until` uses are refused; then nobody tries any more, or (`thenPasses`) all is well again. The last begun counts. */
export type Ending = { at: number; reason: RefusalReason; until: number; thenPasses?: true };

// How much of a day's uses fall into each hour (UTC), beside an even share.
const SHAPE: Record<Rhythm, (hour: number, isWeekend: boolean) => number> = {
  steady: (hour, isWeekend) => (1 + 0.6 * Math.sin(((hour - 7) / 24) * 2 * Math.PI)) * (isWeekend ? 0.8 : 1.1),
  office: (hour, isWeekend) => (isWeekend ? 0.04 : hour < 6 || hour > 18 ? 0.08 : hour === 11 ? 1.6 : hour < 8 || hour > 16 ? 1.1 : 2.9),
  nightly: (hour) => (hour === 1 ? 24 : 0),
};

/** Every use of a token between `from` and `to`, in order; `endings` say when they are refused. */
export function accessesOf(use: DemoUse, from: number, to: number, endings: readonly Ending[], roll: Dice): DemoAccess[] {
  const found: DemoAccess[] = [];
  for (let hour = Math.floor(from / HOUR) * HOUR; hour < to; hour += HOUR) {
    const day = new Date(hour);
    const mean = (use.perDay / 24) * SHAPE[use.rhythm](day.getUTCHours(), day.getUTCDay() % 6 === 0);
    for (let left = roll.count(mean); left > 0; left--) {
      // A job at night is done in a quarter of an hour.
      const at = hour + roll.below(use.rhythm === 'nightly' ? 15 * MINUTE : HOUR);
      const ending = endings.findLast((one) => one.at <= at);
      const isOver = ending !== undefined && at > ending.until;
      if (at < from || at >= to || (isOver && !ending.thenPasses)) continue;
      const request = use.path.replace('#', String(1000 + roll.below(9000)));
      found.push({ at, reason: isOver ? null : (ending?.reason ?? null), ip: use.ip, userAgent: use.agent, request, count: 1 });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** Somebody tries keys from one address: the first few are kept one by one, the rest as one event with a count, as the gate does. */
export function probing(start: number, ip: string, attempts: number, roll: Dice): DemoAccess[] {
  const tries = Array.from({ length: 5 }, (_, i) => ({ at: start + i * 180 + roll.below(90), count: 1 }));
  return [...tries, { at: start + 900, count: attempts - tries.length }].map((one) => ({
    ...one,
    reason: 'malformed',
    ip,
    userAgent: 'python-requests/2.31.0',
    request: 'GET api.example.org/v2/customers',
  }));
}
