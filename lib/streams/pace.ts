// As many as a target that nobody has tried is given, and how long it may take for them to be given more, or fewer, in milliseconds.
const FIRST = 250;
const QUICK = 1000;
const SLOW = 5000;

/**
 * How many events a stream's batches have, by how its target takes them: twice as many after each that it took quickly, half as many after one
 * that was too large or took long. Kept by the process alone; another begins with few.
 */
export class Pace {
  #most = FIRST;
  #isKnown = false;

  /** At most so many in the next batch. */
  get most(): number {
    return Math.floor(this.#most);
  }

  /** The target took a batch of `size` in so many milliseconds. `limit`: never more than that. */
  taken(size: number, ms: number, limit: number): void {
    if (ms > SLOW) this.#most = Math.max(1, Math.min(this.#most, size) / 2);
    // One that said where its bounds are is approached slowly.
    else if (ms < QUICK) this.#most = Math.min(limit, this.#isKnown ? this.#most * 1.1 + 1 : this.#most * 2);
  }

  /** The target would not take so many at once. Gives how many it is to have instead. */
  tooLarge(size: number): number {
    this.#isKnown = true;
    this.#most = Math.max(1, Math.floor(size / 2));
    return this.#most;
  }
}
