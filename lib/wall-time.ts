import { tzOffset } from '@date-fns/tz/tzOffset';

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * The moments at which clocks in `zone` (IANA) show a time, given in milliseconds as if it were one of UTC: two in an hour that comes twice, the
 * earlier first; none in one that summer time skips. By the zone's offsets alone: the zone of the process or browser has no part in it.
 */
export function momentsOf(wall: number, zone: string): number[] {
  const offsets = new Set([offsetAt(wall - DAY, zone), offsetAt(wall + DAY, zone)]);
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((at) => at + offsetAt(at, zone) === wall)
    .sort((a, b) => a - b);
}

/** The first and the last of those moments; of a time that is skipped, the one at which the clocks are put forward. */
export function spanOf(wall: number, zone: string): { first: number; last: number } {
  const found = momentsOf(wall, zone);
  const [first = changeNear(wall, zone)] = found;
  return { first, last: found.at(-1) ?? first };
}

/** What clocks in `zone` show at that moment, in milliseconds as if it were a time of UTC. */
export function wallAt(at: number, zone: string): number {
  return at + offsetAt(at, zone);
}

function offsetAt(at: number, zone: string): number {
  return Math.round(tzOffset(zone, new Date(at)) * MINUTE);
}

/** The first moment after which they show more than `wall`, which they never do: found by halving. */
function changeNear(wall: number, zone: string): number {
  let [before, after] = [wall - DAY, wall + DAY];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallAt(middle, zone) < wall) before = middle;
    else after = middle;
  }
  return after;
}
