/** A batch could not be worked on in time, or too many are waiting: whoever asks gets 503 and may try again. */
export class OverloadError extends Error {
  override name = 'OverloadError';
}

type Waiting<Item, Result> = { item: Item; deadline: number; resolve: (result: Result) => void; reject: (error: unknown) => void };

type Options<Item, Result> = {
  /** Works on a batch; gives one result an item, in their order. */
  run: (items: Item[]) => Promise<Result[]>;
  /** Batches worked on at once. */
  inFlight: number;
  /** Items in a batch at most. */
  largest: number;
  /** Items waiting at most: beyond it they are refused at once, so that memory stays bounded. */
  waiting: number;
  /** How long an item may take in all, in milliseconds. */
  patience: number;
};

/**
 * Turns many small requests into few large ones. A batch leaves as soon as there is room in flight, with all that has come until
 * then: alone one waits for nobody, in a crowd one shares the trip.
 */
export class Batcher<Item, Result> {
  #queue: Waiting<Item, Result>[] = [];
  #busy = 0;
  #departure: NodeJS.Immediate | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(private readonly options: Options<Item, Result>) {}

  /** Adds an item to the next batch. Rejects with OverloadError, or with what `run` throws. */
  add(item: Item): Promise<Result> {
    if (this.#queue.length >= this.options.waiting) return Promise.reject(new OverloadError('queue full'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, deadline: Date.now() + this.options.patience, resolve, reject });
      this.#schedule();
    });
  }

  /** Items now waiting or being worked on. */
  get size(): number {
    return this.#queue.length + this.#busy;
  }

  /** Resolves when nothing waits and nothing is in flight. */
  async drained(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    this.#sweeper ??= setInterval(() => this.#expire(), 100).unref();
    if (this.#busy >= this.options.inFlight) return;
    // Not at once: what arrives in the same turn of the event loop shares the batch.
    this.#departure ??= setImmediate(() => this.#send());
  }

  #send(): void {
    this.#departure = undefined;
    const batch = this.#queue.splice(0, this.options.largest);
    if (batch.length === 0) return;
    this.#busy++;
    // Those who wait are told in time even when `run` hangs.
    const alarm = setTimeout(() => this.#refuse(batch), Math.max(0, (batch[0]?.deadline ?? 0) - Date.now()));
    this.options
      .run(batch.map((waiting) => waiting.item))
      .then(
        (results) => {
          for (const [place, waiting] of batch.entries()) waiting.resolve(results[place] as Result);
        },
        (error) => {
          for (const waiting of batch) waiting.reject(error);
        },
      )
      .finally(() => {
        clearTimeout(alarm);
        this.#busy--;
        if (this.#queue.length > 0) this.#schedule();
        else if (this.#busy === 0) this.#rest();
      });
  }

  #expire(): void {
    const now = Date.now();
    const late = this.#queue.findIndex((waiting) => waiting.deadline > now);
    this.#refuse(this.#queue.splice(0, late === -1 ? this.#queue.length : late));
    if (this.size === 0) this.#rest();
  }

  #refuse(batch: Waiting<Item, Result>[]): void {
    for (const waiting of batch) waiting.reject(new OverloadError('not done in time'));
  }

  #rest(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
