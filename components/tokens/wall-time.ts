import { TZDate } from '@date-fns/tz';

/**
 * The instant at which clocks in `zone` show `date` (YYYY-MM-DD) and `time` (HH:MM), as ISO 8601 in UTC; null when they
 * never do: no such day, or an hour that summer time skips. Of an hour that comes twice, the first.
 */
export function instantOf(date: string, time: string, zone: string): string | null {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)?.slice(1).map(Number);
  const clock = /^(\d{2}):(\d{2})/.exec(time)?.slice(1).map(Number);
  if (!day || !clock) return null;
  const [year = 0, month = 0, dayOfMonth = 0] = day;
  const [hours = 0, minutes = 0] = clock;
  const wall = new TZDate(year, month - 1, dayOfMonth, hours, minutes, 0, 0, zone);
  const exists =
    wall.getFullYear() === year &&
    wall.getMonth() === month - 1 &&
    wall.getDate() === dayOfMonth &&
    wall.getHours() === hours &&
    wall.getMinutes() === minutes;
  return exists ? new Date(wall.getTime()).toISOString() : null;
}

/** What clocks in `zone` show at that instant: the values of a date and a time input. */
export function wallOf(at: Date, zone: string): { date: string; time: string } {
  const wall = new TZDate(at.getTime(), zone);
  const two = (figure: number) => String(figure).padStart(2, '0');
  return {
    date: `${String(wall.getFullYear()).padStart(4, '0')}-${two(wall.getMonth() + 1)}-${two(wall.getDate())}`,
    time: `${two(wall.getHours())}:${two(wall.getMinutes())}`,
  };
}
