/** So many requests in a window of so many seconds: a full bucket lets them pass at once, and refills evenly. */
export type Limit = { requests: number; windowSeconds: number };

/** What a limit says to one more request. */
export type Allowance = {
  isAllowed: boolean;
  /** Requests that may follow at once. */
  remaining: number;
  /** Seconds until one more may pass than now. */
  waitSeconds: number;
};

/** Counts requests against their tokens' limits. */
export type Limits = {
  /** Takes one request out of the bucket of `tokenId`, if there is one. */
  take: (tokenId: string, limit: Limit) => Allowance | Promise<Allowance>;
};

/** Names the bucket of a token: a limit of another size has another one, full at first, so that a change holds at once. */
export function bucketOf(tokenId: string, { requests, windowSeconds }: Limit): string {
  return `${tokenId}:${requests}/${windowSeconds}`;
}

// Tokens with a limit that are told apart at once: some 100 bytes each.
const REMEMBERED = 200_000;

// A hundredth of a request: sums of fractions must not cost the last one.
const ROUNDING = 0.01;

/** Whole seconds, rounded up, but for what is only the rounding of the sum that gave the milliseconds. */
function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000 - 1e-9);
}

/**
 * A token bucket in one number a token: the moment at which its bucket would be full again (the generic cell rate algorithm of
 * ITU-T I.371). `arrival` is that moment, `now` the present one, both in milliseconds on one clock; gives the next `arrival` too.
 */
export function weigh(arrival: number, now: number, { requests, windowSeconds }: Limit): Allowance & { arrival: number } {
  const window = windowSeconds * 1000;
  const each = window / requests;
  const from = Math.max(arrival, now);
  const next = from + each;
  const isAllowed = next - now <= window + each * ROUNDING;
  if (!isAllowed) return { isAllowed, remaining: 0, waitSeconds: seconds(next - window - now), arrival };
  const level = window - (next - now);
  const remaining = Math.max(0, Math.floor(level / each + ROUNDING));
  return { isAllowed, remaining, waitSeconds: seconds(each * (remaining + 1) - level), arrival: next };
}

/** Limits counted in this process: exact while it is the only one. */
export class LocalLimits implements Limits {
  readonly #arrivals = new Map<string, number>();

  take(tokenId: string, limit: Limit): Allowance {
    const now = performance.now();
    const bucket = bucketOf(tokenId, limit);
    const { arrival, ...allowance } = weigh(this.#arrivals.get(bucket) ?? 0, now, limit);
    // Set anew, so that the map's order is that of last use.
    this.#arrivals.delete(bucket);
    this.#arrivals.set(bucket, arrival);
    if (this.#arrivals.size > REMEMBERED) this.#forget(now);
    return allowance;
  }

  get size(): number {
    return this.#arrivals.size;
  }

  /** Full buckets need no memory; beyond those the ones go that were used longest ago. */
  #forget(now: number): void {
    for (const [id, arrival] of this.#arrivals) if (arrival <= now) this.#arrivals.delete(id);
    for (const id of this.#arrivals.keys()) {
      if (this.#arrivals.size <= REMEMBERED * 0.9) return;
      this.#arrivals.delete(id);
    }
  }
}
