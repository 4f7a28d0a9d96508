import type { Access, Row } from '@/lib/gate/access-rows';

/** Refusals of one kind kept one by one in each window; the rest of them become one event with their exact count. */
const SINGLY = 5;
/** Refusals of different kinds, tokens and addresses that are told apart at once. */
const FLOODS = 10_000;

type Flood = { seen: number; row: Row | null };

/** Refusals of one window: the first few of a kind as they are, a flood of them as few rows with exact counts. */
export class Floods {
  readonly #floods = new Map<string, Flood>();

  /** Takes a refusal: gives the row that it becomes by itself, or null where it is only counted. */
  add(access: Access): Row | null {
    const one = { ...access, count: 1 };
    const flood = this.#floodOf(access);
    if (flood.seen++ < SINGLY) return one;
    flood.row = flood.row ? together(flood.row, one) : one;
    return null;
  }

  #floodOf(access: Access): Flood {
    const known = this.#floods.get(keyOf(access));
    if (known) return known;
    // More at once than are told apart: what else is refused for the same reason is only counted.
    const isTooMany = this.#floods.size >= FLOODS;
    const key = isTooMany ? `${access.reason}` : keyOf(access);
    const flood = this.#floods.get(key) ?? { seen: isTooMany ? SINGLY : 0, row: null };
    this.#floods.set(key, flood);
    return flood;
  }

  /** Ends the window: what was only counted, in as few rows as there were floods. */
  end(): Row[] {
    const counted = [...this.#floods.values()].flatMap(({ row }) => row ?? []);
    this.#floods.clear();
    return counted;
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
    folded.set(key, known ? together(known, row) : row);
  }
  return [...folded.values()];
}

const CLAIMS = ['tokenId', 'ownerId', 'generation', 'ip', 'userAgent', 'subject', 'scopes'] as const;

/** One row for two, at the time of the first: what they do not have in common it does not claim of either. */
function together(row: Row, other: Row): Row {
  const both = { ...row, count: row.count + other.count };
  for (const claim of CLAIMS) if (row[claim] !== other[claim]) both[claim] = null;
  return both;
}

function keyOf({ reason, tokenId, generation, ip }: Access): string {
  return `${reason} ${tokenId} ${generation} ${ip}`;
}
