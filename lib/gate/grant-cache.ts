import type { Found } from '@/lib/gate/look-up';

const LARGEST = 50_000;
// Secrets that do not exist are anybody's to try: they must not push out those that do.
const LARGEST_UNKNOWN = 10_000;

/**
 * What look-ups found, kept while the database's grant version stays the same. The version counts every change of a token, its
 * secrets or its owner that could change an answer (triggers in the database see to it), and the access log compares it in the
 * statement that stores an access: so a grant from here lets nobody pass unless it still holds, whichever instance changed it.
 */
export class GrantCache {
  #version = -1;
  /** When the database was last asked for the version that it gave, and from when on its word counts: by performance.now(). */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #doubtedAt = Number.NEGATIVE_INFINITY;
  readonly #grants = new Map<string, Found>();
  readonly #unknown = new Map<string, Found>();

  get size(): number {
    return this.#grants.size;
  }

  /** What is known of a digest (hexadecimal), if anything is. */
  get(digest: string): Found | undefined {
    return this.#grants.get(digest) ?? this.#unknown.get(digest);
  }

  /** Keeps what a look-up found. */
  put(digest: string, found: Found): void {
    this.see(found.version, found.askedAt);
    // An answer that was overtaken by a newer one is not kept.
    if (found.version !== this.#version) return;
    const [kept, largest] = found.grant ? [this.#grants, LARGEST] : [this.#unknown, LARGEST_UNKNOWN];
    if (kept.size >= largest) kept.delete(kept.keys().next().value as string);
    kept.set(digest, found);
  }

  /** Takes note of the version that the database gave when it was asked at `askedAt`: what was found at an older one goes. */
  see(version: number, askedAt: number): void {
    if (version >= this.#version && askedAt >= this.#doubtedAt) this.#confirmedAt = Math.max(this.#confirmedAt, askedAt);
    if (version <= this.#version) return;
    this.#version = version;
    this.#grants.clear();
    this.#unknown.clear();
  }

  /** Something may have changed just now: only what the database says from here on counts. */
  doubt(): void {
    this.#doubtedAt = performance.now();
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether the database confirmed what was found at `version` within the last `milliseconds`. */
  isConfirmedWithin(milliseconds: number, version: number): boolean {
    return version === this.#version && performance.now() - this.#confirmedAt <= milliseconds;
  }
}
