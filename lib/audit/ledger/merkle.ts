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

/** Leaves from number `start` up to, without, `end`. */
export type Range = { start: bigint; end: bigint };

/** The parts of a tree of `size` leaves whose hashes prove that leaf `index` is in it (RFC 9162, section 2.1.3.1). */
export function inclusionRanges(index: bigint, size: bigint): Range[] {
  if (index < 0n || index >= size) throw new RangeError(`There is no leaf ${index} among ${size}`);
  const path = (start: bigint, end: bigint): Range[] => {
    if (end - start === 1n) return [];
    const middle = start + largestPowerBelow(end - start);
    return index < middle ? [...path(start, middle), { start: middle, end }] : [...path(middle, end), { start, end: middle }];
  };
  return path(0n, size);
}

/** The parts of a tree of `size` leaves whose hashes prove that it begins with the tree of `earlier` ones (RFC 9162, section 2.1.4.1). */
export function consistencyRanges(earlier: bigint, size: bigint): Range[] {
  if (earlier <= 0n || earlier > size) throw new RangeError(`A tree of ${size} leaves has no earlier one of ${earlier}`);
  const path = (start: bigint, end: bigint, isWhole: boolean): Range[] => {
    if (end === earlier) return isWhole ? [] : [{ start, end }];
    const middle = start + largestPowerBelow(end - start);
    return earlier <= middle
      ? [...path(start, middle, isWhole), { start: middle, end }]
      : [...path(middle, end, false), { start, end: middle }];
  };
  return path(0n, size, true);
}

function largestPowerBelow(count: bigint): bigint {
  return 1n << BigInt((count - 1n).toString(2).length - 1);
}

/** The hash of the leaves in `range`, from complete subtrees. */
export async function rangeHash({ start, end }: Range, subtree: (level: number, index: bigint) => Promise<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let from = start; from < end; ) {
    const level = (end - from).toString(2).length - 1;
    parts.push(await subtree(level, from >> BigInt(level)));
    from += 1n << BigInt(level);
  }
  return parts.reduceRight((right, left) => nodeHash(left, right));
}

/** Whether `path` proves that the leaf with that hash is number `index` of the tree with `size` leaves and `root` (RFC 9162, section 2.1.3.2). */
export function provesInclusion(leaf: Buffer, index: bigint, size: bigint, root: Buffer, path: readonly Buffer[]): boolean {
  if (index < 0n || index >= size) return false;
  let [at, last, hash] = [index, size - 1n, leaf];
  for (const beside of path) {
    if (last === 0n) return false;
    if (at % 2n === 1n || at === last) {
      hash = nodeHash(beside, hash);
      while (at % 2n === 0n && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else hash = nodeHash(hash, beside);
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n && hash.equals(root);
}

/** Whether `path` proves that the tree with `size` leaves and `root` begins with the one of `earlier` leaves and `earlierRoot` (2.1.4.2). */
export function provesConsistency(earlier: bigint, size: bigint, earlierRoot: Buffer, root: Buffer, path: readonly Buffer[]): boolean {
  if (earlier <= 0n || earlier > size) return false;
  if (earlier === size) return path.length === 0 && earlierRoot.equals(root);
  const isPower = (earlier & (earlier - 1n)) === 0n;
  const [first, ...rest] = isPower ? [earlierRoot, ...path] : path;
  if (!first || path.length === 0) return false;
  let [at, last] = [earlier - 1n, size - 1n];
  while (at % 2n === 1n) {
    at >>= 1n;
    last >>= 1n;
  }
  let [before, now] = [first, first];
  for (const beside of rest) {
    if (last === 0n) return false;
    if (at % 2n === 1n || at === last) {
      before = nodeHash(beside, before);
      now = nodeHash(beside, now);
      while (at % 2n === 0n && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else now = nodeHash(now, beside);
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n && before.equals(earlierRoot) && now.equals(root);
}
