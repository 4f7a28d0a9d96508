import { momentsOf, wallAt } from '@/lib/wall-time';

/**
 * The instant at which clocks in `zone` show `date` (YYYY-MM-DD) and `time` (HH:MM), as ISO 8601 in UTC; null when they
 * never do: no such day, or an hour that summer time skips. Of an hour that comes twice, the first or the `last`.
 */
export function instantOf(date: string, time: string, zone: string, which: 'first' | 'last' = 'first'): string | null {
  const clock = /^\d{2}:\d{2}/.exec(time)?.[0];
  if (!clock || !/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  const wall = Date.parse(`${date}T${clock}Z`);
  // 30 February becomes a day in March.
  if (Number.isNaN(wall) || !new Date(wall).toISOString().startsWith(`${date}T${clock}`)) return null;
  const at = momentsOf(wall, zone).at(which === 'first' ? 0 : -1);
  return at === undefined ? null : new Date(at).toISOString();
}

/** What clocks in `zone` show at that instant: the values of a date and a time input. */
export function wallOf(at: Date, zone: string): { date: string; time: string } {
  const [date = '', time = ''] = new Date(wallAt(at.getTime(), zone)).toISOString().split('T');
  return { date, time: time.slice(0, 'HH:MM'.length) };
}
