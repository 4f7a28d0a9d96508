/**
 * The database's clock as far as this process knows it, in milliseconds since 1970: set by every answer of the database, carried
 * on by the monotonic clock, so that a jump of this machine's own time changes nothing.
 */
export class DatabaseClock {
  #offset = Date.now() - performance.now();

  /** What the database just said. */
  set(now: number): void {
    this.#offset = now - performance.now();
  }

  now(): number {
    return performance.now() + this.#offset;
  }
}
