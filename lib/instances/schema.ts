/** Since when a change holds: on so many of the instances that served at that moment, after so many milliseconds for the last of them. */
export type Receipt = {
  /** ISO 8601. */
  at: string;
  instances: number;
  held: number;
  milliseconds: number;
};

/** A process that serves. Moments are ISO 8601. */
export type InstanceRow = { id: string; name: string; startedAt: string; seenAt: string; isAlive: boolean };
