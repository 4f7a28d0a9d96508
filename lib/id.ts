import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import { z } from 'zod';

// Drawn ahead: asking the system for 16 bytes at a time is most of what an id costs.
const pool = Buffer.alloc(16 * 256);
let used = pool.length;

/** A UUIDv7 (RFC 9562) of that moment (a Date, or milliseconds since 1970): ids sort by time. */
export function newId(at: Date | number): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + 16);
  used += 16;
  return v7({ msecs: Math.floor(Number(at)), random });
}

/** The moment of which a UUIDv7 was made, in milliseconds since 1970. */
export function momentOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** Any UUID, lower-cased. */
export const uuid = z.guid().transform((text) => text.toLowerCase());

const LAST_MOMENT = 2 ** 48 - 1;

/** The least UUIDv7 of that moment: ids order the log by time, so times are asked for as ids. */
export function firstId(at: Date): string {
  const hex = Math.min(Math.max(at.getTime(), 0), LAST_MOMENT).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
