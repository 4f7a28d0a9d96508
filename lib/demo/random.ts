/** Draws that are the same in every run: a demo looks like the last one. Not for secrets. */
export type Dice = {
  /** 0 ≤ x < 1. */
  next: () => number;
  /** A whole number, 0 ≤ n < `most`. */
  below: (most: number) => number;
  pick: <T>(from: readonly T[]) => T;
  /** How many of rare, independent things happen when `mean` are expected (Poisson). */
  count: (mean: number) => number;
};

/** Dice that roll the same for the same `seed` (mulberry32). */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (most: number) => Math.floor(next() * most);
  return {
    next,
    below,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    count(mean) {
      const limit = Math.exp(-mean);
      let happened = 0;
      for (let product = next(); product > limit; product *= next()) happened++;
      return happened;
    },
  };
}
