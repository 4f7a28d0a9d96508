// Apart from schema.ts, so that pages which list them need not load zod.

/** Where a stream can go. */
export const streamKinds = ['webhook', 'syslog', 'file', 'stdout'] as const;

/** Which events a stream sends: all, those that are no use of a token, or those of alerts. */
export const streamEvents = ['everything', 'operations', 'alerts'] as const;

/** What a new stream begins with: the next event, or the first that is in the log. */
export const streamStarts = ['now', 'beginning'] as const;

/** For so many hours an old signing key may sign along with its successor. */
export const keyOverlaps = [0, 1, 24, 168] as const;

/** As many streams as there can be. */
export const MOST_STREAMS = 20;
