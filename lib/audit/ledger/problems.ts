import type { StoredLeaf } from '@/lib/audit/ledger/sealed-rows';
import { momentOf } from '@/lib/id';

/** What is wrong at one place of the log. */
export type Problem = {
  kind: ProblemKind;
  /** The leaf, or the first of several; null where it is about none. */
  leaf: bigint | null;
  /** The checkpoint, by its number. */
  checkpoint: bigint | null;
  /** The time that it touches; null where that cannot be told. */
  from: Date | null;
  to: Date | null;
  /** For people, in English. */
  detail: string;
};

export type ProblemKind =
  | 'event_changed'
  | 'event_missing'
  | 'event_added'
  | 'leaf_changed'
  | 'leaf_missing'
  | 'tree_changed'
  | 'checkpoint_changed'
  | 'checkpoint_missing'
  | 'checkpoint_untrusted'
  | 'truncated'
  | 'pending_changed'
  | 'prune_changed';

const MOST_PROBLEMS = 100;

/** The problems that one verification finds. */
export class Problems {
  readonly #found: Problem[] = [];

  /** Notes one, while there are not too many. */
  say(kind: ProblemKind, detail: string, place: Partial<Omit<Problem, 'kind' | 'detail'>> = {}): void {
    if (this.#found.length < MOST_PROBLEMS)
      this.#found.push({ kind, detail, leaf: null, checkpoint: null, from: null, to: null, ...place });
  }

  /** All, the first place first; those that are about no leaf stand where the log of `total` leaves ends. */
  inOrder(total: bigint): Problem[] {
    const order = (problem: Problem) => problem.leaf ?? total;
    return this.#found.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  }
}

/** From the first moment to the last, in milliseconds since 1970. */
export type Span = { from: number; to: number };

/** The span of no leaves. */
export const NOTHING: Span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };

/** What the ids of a leaf's events say of its time. */
export function spanOf({ leafId, lastId }: Pick<StoredLeaf, 'leafId' | 'lastId'>): Span {
  return { from: momentOf(leafId), to: momentOf(lastId) };
}

/** The span of both. */
export function both(a: Span, b: Span): Span {
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/** As a problem tells it. */
export function times({ from, to }: Span): { from: Date | null; to: Date | null } {
  return from > to ? { from: null, to: null } : { from: new Date(from), to: new Date(to) };
}
