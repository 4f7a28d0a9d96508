import { v7 } from 'uuid';
import { z } from 'zod';

/** A UUIDv7 (RFC 9562) of that moment: ids sort by time. */
export function newId(at: Date): string {
  return v7({ msecs: at.getTime() });
}

/** Any UUID, lower-cased. */
export const uuid = z.guid().transform((text) => text.toLowerCase());
