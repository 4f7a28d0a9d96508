import type { Grant } from '@/lib/gate/decide';

const LARGEST = 100_000;

/** A grant, and the version of all grants at which the database said so. */
export type CachedGrant = { grant: Grant; version: number };

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
  readonly #grants = new Map<string, Grant>();

  get size(): number {
    return this.#grants.size;
  }

  /** The grant behind a digest (hexadecimal), if it is known. */
  get(digest: string): CachedGrant | undefined {
    const grant = this.#grants.get(digest);
    return grant && { grant, version: this.#version };
  }

  /** Keeps what a look-up that began at `askedAt` found at `version`. */
  put(digest: string, { grant, version }: CachedGrant, askedAt: number): void {
    this.see(version, askedAt);
    // An answer that was overtaken by a newer one is not kept.
    if (version !== this.#version) return;
    if (this.#grants.size >= LARGEST) this.#grants.delete(this.#grants.keys().next().value as string);
    this.#grants.set(digest, grant);
  }

  /** Takes note of the version that the database gave when it was asked at `askedAt`: what was found at an older one goes. */
  see(version: number, askedAt: number): void {
    if (version >= this.#version && askedAt >= this.#doubtedAt) this.#confirmedAt = Math.max(this.#confirmedAt, askedAt);
    if (version <= this.#version) return;
    this.#version = version;
    this.#grants.clear();
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
