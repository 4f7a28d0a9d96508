import type { Access, Row } from '@/lib/gate/access-rows';
import { newId } from '@/lib/id';

/** Equal refusals kept one by one in each window; the rest of them become one event with their exact count. */
const SINGLY = 5;
/** Refusals of different kinds, tokens and addresses that are told apart at once. */
const FLOODS = 10_000;

/** Refusals of one window: the first few of a kind as they are, a flood of equal ones as few rows with exact counts. */
export class Floods {
  readonly #floods = new Map<string, { seen: number; row: Row }>();

  /** Takes a refusal: gives the row that it becomes by itself, or null where it is only counted. */
  add(access: Access): Row | null {
    const key = keyOf(access);
    const flood = this.#floods.get(key);
    if (flood && flood.seen >= SINGLY) flood.row.count++;
    else if (!flood && this.#floods.size >= FLOODS) this.#overflow(access);
    else {
      if (flood) flood.seen++;
      else this.#floods.set(key, { seen: 1, row: { ...access, id: newId(access.at), count: 0 } });
      return { ...access, count: 1 };
    }
    return null;
  }

  /** Ends the window: what was only counted, in as few rows as there were floods. */
  end(): Row[] {
    const counted = [...this.#floods.values()].map(({ row }) => row).filter(({ count }) => count > 0);
    this.#floods.clear();
    return counted;
  }

  /** More addresses at once than are told apart: one row a reason, without an address, still counts them all. */
  #overflow(access: Access): void {
    const key = `${access.reason}`;
    const flood = this.#floods.get(key);
    const nobody = { tokenId: null, ownerId: null, generation: null, ip: null, userAgent: null, subject: null, scopes: null };
    if (flood) flood.row.count++;
    else this.#floods.set(key, { seen: SINGLY, row: { ...access, ...nobody, count: 1 } });
  }
}

/**
 * Folds refusals that wait into counts, so that they fit into memory while the database is away. Only those that were first sent
 * together: if they are there already they all are, and the id that they share then says so for each of them.
 */
export function fold(refusals: readonly Row[]): Row[] {
  const folded = new Map<string, Row>();
  for (const row of refusals) {
    const key = `${row.firstTry} ${folded.size < FLOODS ? keyOf(row) : row.reason}`;
    const known = folded.get(key);
    if (known) known.count += row.count;
    else folded.set(key, { ...row });
  }
  return [...folded.values()];
}

function keyOf({ reason, tokenId, generation, ip }: Access): string {
  return `${reason} ${tokenId} ${generation} ${ip}`;
}
