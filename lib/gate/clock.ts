/**
 * The database's clock as far as this process knows it, in milliseconds since 1970: set by every answer of the database, carried
 * on by the monotonic clock, so that a jump of this machine's own time changes nothing.
 */
export class DatabaseClock {
  #offset = Date.now() - performance.now();

  /**
   * What the database said when it was asked at `askedAt` (performance.now()). It read its clock at that moment or later: what is
   * told from here is never behind it, so that nothing passes on its last millisecond for being late.
   */
  set(now: number, askedAt: number): void {
    this.#offset = now - askedAt;
  }

  now(): number {
    return performance.now() + this.#offset;
  }
}
