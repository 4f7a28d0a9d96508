import { hash } from 'node:crypto';

// The Merkle tree of RFC 9162, section 2.1, over SHA-256.

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** The hash of a tree without leaves. */
export const EMPTY_ROOT = sha256(Buffer.alloc(0));

function sha256(...parts: Buffer[]): Buffer {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}

/** The hash of a leaf: of a zero byte and `data`. */
export function leafHash(data: Buffer): Buffer {
  return sha256(LEAF, data);
}

/** The hash of a node over two. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return sha256(NODE, left, right);
}

/** A complete subtree: number `index` (from 0) of those over 2^level leaves. */
export type Subtree = { level: number; index: bigint; hash: Buffer };

/** What of a tree is needed to add leaves to it: one hash for each bit of its size. */
export class Frontier {
  /** By level: the complete subtree that no larger one contains yet. */
  readonly #subtrees: (Buffer | undefined)[];
  #size: bigint;

  /** `subtrees`: by level, a hash for each bit that is set in `size`. */
  constructor(size = 0n, subtrees: readonly (Buffer | undefined)[] = []) {
    this.#size = size;
    this.#subtrees = [...subtrees];
  }

  get size(): bigint {
    return this.#size;
  }

  copy(): Frontier {
    return new Frontier(this.#size, this.#subtrees);
  }

  /** Adds a leaf by its hash; gives the subtrees that it completes, smallest first, the leaf itself not among them. */
  append(leaf: Buffer): Subtree[] {
    const completed: Subtree[] = [];
    let node = leaf;
    let level = 0;
    for (let left = this.#subtrees[0]; left; left = this.#subtrees[level]) {
      this.#subtrees[level] = undefined;
      node = nodeHash(left, node);
      level++;
      completed.push({ level, index: this.#size >> BigInt(level), hash: node });
    }
    this.#subtrees[level] = node;
    this.#size++;
    return completed;
  }

  /** The hash of the whole tree. */
  root(): Buffer {
    let root: Buffer | undefined;
    for (const subtree of this.#subtrees) if (subtree) root = root ? nodeHash(subtree, root) : subtree;
    return root ?? EMPTY_ROOT;
  }
}
