import type { ClientBase } from 'pg';
import { Frontier, nodeHash, type Range, rangeHash } from '@/lib/audit/ledger/merkle';

/** Of the complete subtrees, those over 2^8, 2^16, … leaves are stored: every other one is a hash of at most 256 that are. */
export const STORED_LEVELS = 8;

/** Where the tree is read from. */
export type Source = Pick<ClientBase, 'query'>;

/** The hash of a complete subtree, from what is stored: number `index` (from 0) of those over 2^level leaves. */
export async function subtree(client: Source, level: number, index: bigint): Promise<Buffer> {
  const stored = level - (level % STORED_LEVELS);
  const first = index << BigInt(level - stored);
  const count = 2 ** (level - stored);
  const { rows } = await client.query<{ hash: Buffer }>(
    stored === 0
      ? 'SELECT hash FROM audit_leaf WHERE number BETWEEN $1::bigint AND $1::bigint + $2 - 1 ORDER BY number'
      : `SELECT hash FROM audit_node WHERE level = ${stored} AND index BETWEEN $1::bigint AND $1::bigint + $2 - 1 ORDER BY index`,
    [first, count],
  );
  if (rows.length !== count) throw new Error(`The ledger lacks nodes of level ${stored} from ${first}`);
  let hashes = rows.map(({ hash }) => hash);
  while (hashes.length > 1) hashes = pairs(hashes).map(([left, right]) => nodeHash(left, right));
  return hashes[0] as Buffer;
}

function pairs(hashes: Buffer[]): [Buffer, Buffer][] {
  return Array.from({ length: hashes.length / 2 }, (_, n) => [hashes[2 * n] as Buffer, hashes[2 * n + 1] as Buffer]);
}

/** The frontier of the tree as it was with its first `size` leaves. */
export async function readFrontier(client: Source, size: bigint): Promise<Frontier> {
  const subtrees: (Buffer | undefined)[] = [];
  for (let level = 0; size >> BigInt(level) > 0n; level++) {
    const index = size >> BigInt(level);
    if (index % 2n === 1n) subtrees[level] = await subtree(client, level, index - 1n);
  }
  return new Frontier(size, subtrees);
}

/** The hashes of these parts of the tree, in base64: a proof. */
export async function hashesOf(client: Source, ranges: readonly Range[]): Promise<string[]> {
  const hashes: string[] = [];
  for (const range of ranges) hashes.push((await rangeHash(range, (level, index) => subtree(client, level, index))).toString('base64'));
  return hashes;
}
