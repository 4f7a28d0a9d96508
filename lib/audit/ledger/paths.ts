import type { ClientBase } from 'pg';
import { inclusionRanges, nodeHash, type Range, rangeHash } from '@/lib/audit/ledger/merkle';
import { STORED_LEVELS } from '@/lib/audit/ledger/tree';

// Hashes are read in the groups in which they are stored: 256 leaves, or 256 nodes of one stored level.
const GROUP = BigInt(STORED_LEVELS);
// Of some 60 KB each; a page of events that lie far apart needs 250.
const MOST_GROUPS = 300;

/** A group by level: its hashes, those over two of them, and so on. */
type Pyramid = Buffer[][];

/**
 * Inclusion proofs for many leaves of the tree of `size` leaves: with one query for each stored level a batch, however many leaves are
 * asked for, and none for what was read before.
 */
export class Paths {
  readonly #groups = new Map<string, Pyramid>();
  /** What all leaves of a complete group have in common: the path from its top. */
  readonly #upper = new Map<bigint, Buffer[]>();

  constructor(
    private readonly client: Pick<ClientBase, 'query'>,
    private readonly size: bigint,
  ) {}

  /** From each of these leaves up to the root. */
  async of(numbers: readonly bigint[]): Promise<Map<bigint, Buffer[]>> {
    if (this.#groups.size > MOST_GROUPS) this.#forget();
    for (let level = 0; this.size >> BigInt(level) > 0n; level += STORED_LEVELS) await this.#load(level, [...numbers, this.size - 1n]);
    const paths = new Map<bigint, Buffer[]>();
    for (const number of numbers) paths.set(number, await this.#path(number));
    return paths;
  }

  #forget(): void {
    this.#groups.clear();
    this.#upper.clear();
  }

  /** Reads the groups of this level over these leaves. */
  async #load(level: number, numbers: readonly bigint[]): Promise<void> {
    const there = this.size >> BigInt(level);
    const wanted = [...new Set(numbers.map((number) => number >> (BigInt(level) + GROUP)))].filter(
      (group) => group << GROUP < there && !this.#groups.has(`${level} ${group}`),
    );
    if (wanted.length === 0) return;
    const { rows } = await this.client.query<{ index: string; hash: Buffer }>(level === 0 ? LEAVES : NODES, [
      wanted,
      there,
      ...(level === 0 ? [] : [level]),
    ]);
    const hashes = new Map<bigint, Buffer[]>(wanted.map((group) => [group, []]));
    for (const { index, hash } of rows) hashes.get(BigInt(index) >> GROUP)?.push(hash);
    for (const [group, found] of hashes) {
      const left = there - (group << GROUP);
      const expected = left < 1n << GROUP ? left : 1n << GROUP;
      if (BigInt(found.length) !== expected) throw new Error(`The ledger lacks nodes of level ${level} from ${group << GROUP}`);
      this.#groups.set(`${level} ${group}`, pyramidOver(found));
    }
  }

  async #path(number: bigint): Promise<Buffer[]> {
    const group = number >> GROUP;
    const isComplete = (group + 1n) << GROUP <= this.size;
    if (!isComplete) return this.#hashes(inclusionRanges(number, this.size));
    const pyramid = this.#groups.get(`0 ${group}`) as Pyramid;
    const place = Number(number - (group << GROUP));
    const lower = pyramid.map((hashes, level) => hashes[(place >> level) ^ 1] as Buffer);
    let upper = this.#upper.get(group);
    if (!upper) {
      upper = await this.#hashes(inclusionRanges(number, this.size).slice(STORED_LEVELS));
      this.#upper.set(group, upper);
    }
    return [...lower, ...upper];
  }

  #hashes(ranges: Range[]): Promise<Buffer[]> {
    return Promise.all(ranges.map((range) => rangeHash(range, this.#subtree)));
  }

  #subtree = async (level: number, index: bigint): Promise<Buffer> => {
    const within = level % STORED_LEVELS;
    const group = index >> (GROUP - BigInt(within));
    const pyramid = this.#groups.get(`${level - within} ${group}`) as Pyramid;
    return pyramid[within]?.[Number(index - (group << (GROUP - BigInt(within))))] as Buffer;
  };
}

const WITHIN = 'BETWEEN part * 256 AND part * 256 + 255';
const LEAVES = `SELECT number AS index, hash FROM unnest($1::bigint[]) part JOIN audit_leaf ON number ${WITHIN} WHERE number < $2 ORDER BY number`;
const NODES = `SELECT index, hash FROM unnest($1::bigint[]) part JOIN audit_node ON level = $3 AND index ${WITHIN} WHERE index < $2 ORDER BY index`;

/** Hashes, and those over each complete pair of them, up to what the next stored level has. */
function pyramidOver(hashes: Buffer[]): Pyramid {
  const pyramid = [hashes];
  while (pyramid.length < STORED_LEVELS) {
    const below = pyramid.at(-1) as Buffer[];
    pyramid.push(
      Array.from({ length: Math.floor(below.length / 2) }, (_, n) => nodeHash(below[2 * n] as Buffer, below[2 * n + 1] as Buffer)),
    );
  }
  return pyramid;
}
