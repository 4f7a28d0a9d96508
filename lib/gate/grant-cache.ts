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
  readonly #grants = new Map<string, Grant>();

  /** The grant behind a digest (hexadecimal), if it is known. */
  get(digest: string): CachedGrant | undefined {
    const grant = this.#grants.get(digest);
    return grant && { grant, version: this.#version };
  }

  /** Keeps what a look-up found at `version`. */
  put(digest: string, { grant, version }: CachedGrant): void {
    this.see(version);
    // An answer that was overtaken by a newer one is not kept.
    if (version !== this.#version) return;
    if (this.#grants.size >= LARGEST) this.#grants.delete(this.#grants.keys().next().value as string);
    this.#grants.set(digest, grant);
  }

  /** Takes note of the version that the database has now: what was found at an older one goes. */
  see(version: number): void {
    if (version <= this.#version) return;
    this.#version = version;
    this.#grants.clear();
  }
}
