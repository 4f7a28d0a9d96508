import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  consistencyRanges,
  EMPTY_ROOT,
  Frontier,
  inclusionRanges,
  leafHash,
  nodeHash,
  provesConsistency,
  provesInclusion,
  type Range,
  rangeHash,
} from '@/lib/audit/ledger/merkle';

// The tree of certificate-transparency-go's reference tests: these leaves, and the root after each.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the root after each leaf is that of the reference tests', () => {
  const frontier = new Frontier();
  expect(frontier.root()).toEqual(EMPTY_ROOT);
  const roots = LEAVES.map((leaf) => {
    frontier.append(leafHash(Buffer.from(leaf, 'hex')));
    return frontier.root().toString('hex');
  });
  expect(roots).toEqual(ROOTS);
});

/** The definition of RFC 9162, section 2.1.1, word for word. */
function rootOf(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0] as Buffer;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

test('the root is what the definition says for every size, and completed subtrees are named once, rightly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (size) => {
      const leaves = Array.from({ length: size }, (_, n) => leafHash(Buffer.from([n & 255, n >> 8])));
      const frontier = new Frontier();
      const completed = leaves.flatMap((leaf) => frontier.append(leaf));
      expect(frontier.root()).toEqual(rootOf(leaves));
      for (const { level, index, hash } of completed) {
        const first = Number(index) * 2 ** level;
        expect(hash).toEqual(rootOf(leaves.slice(first, first + 2 ** level)));
      }
      expect(completed.length).toBe(
        [...Array(9).keys()].map((level) => Math.floor(size / 2 ** (level + 1))).reduce((sum, some) => sum + some, 0),
      );
    }),
    { numRuns: 60 },
  );
});

/** The subtrees over these leaves, as rangeHash() asks for them. */
const over = (leaves: Buffer[]) => async (level: number, index: bigint) => {
  const first = Number(index) * 2 ** level;
  return rootOf(leaves.slice(first, first + 2 ** level));
};
const prove = (ranges: Range[], leaves: Buffer[]) => Promise.all(ranges.map((range) => rangeHash(range, over(leaves))));
const numbered = (size: number) => Array.from({ length: size }, (_, n) => leafHash(Buffer.from([n & 255, n >> 8])));

test('proofs are those of the reference tests', async () => {
  const leaves = LEAVES.map((leaf) => leafHash(Buffer.from(leaf, 'hex')));
  const inclusion = async (index: bigint, size: number) =>
    (await prove(inclusionRanges(index, BigInt(size)), leaves.slice(0, size))).map((hash) => hash.toString('hex'));
  const consistency = async (earlier: bigint, size: number) =>
    (await prove(consistencyRanges(earlier, BigInt(size)), leaves.slice(0, size))).map((hash) => hash.toString('hex'));
  expect(await inclusion(0n, 1)).toEqual([]);
  expect(await inclusion(0n, 8)).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  expect(await inclusion(5n, 8)).toEqual([
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  expect(await inclusion(2n, 3)).toEqual(['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']);
  expect(await consistency(1n, 1)).toEqual([]);
  expect(await consistency(1n, 8)).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  expect(await consistency(6n, 8)).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

test('a leaf’s proof holds for that leaf at that place in that tree, and for nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 130 }), fc.nat(), fc.nat(), fc.nat(), async (size, pick, other, byte) => {
      const leaves = numbered(size);
      const index = pick % size;
      const [leaf, root] = [leaves[index] as Buffer, rootOf(leaves)];
      const path = await prove(inclusionRanges(BigInt(index), BigInt(size)), leaves);
      const holds = (at: number, of: number, hash = leaf, way = path) => provesInclusion(hash, BigInt(at), BigInt(of), root, way);
      expect(holds(index, size)).toBe(true);
      if (other % size !== index) expect(holds(other % size, size)).toBe(false);
      expect(holds(index, size, altered(leaf, byte))).toBe(false);
      expect(holds(index, size, leaf, [...path, leaf])).toBe(false);
      if (path.length === 0) return;
      expect(holds(index, size, leaf, path.slice(1))).toBe(false);
      const wrong = byte % path.length;
      expect(
        holds(
          index,
          size,
          leaf,
          path.map((hash, n) => (n === wrong ? altered(hash, byte) : hash)),
        ),
      ).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('a tree’s proof of growth holds for the tree that it grew from, and for none that was rewritten', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 130 }), fc.nat(), fc.nat(), fc.nat(), async (size, pick, spot, byte) => {
      const leaves = numbered(size);
      const earlier = 1 + (pick % size);
      const before = leaves.slice(0, earlier);
      const path = await prove(consistencyRanges(BigInt(earlier), BigInt(size)), leaves);
      const holds = (from: Buffer, way = path) => provesConsistency(BigInt(earlier), BigInt(size), from, rootOf(leaves), way);
      expect(holds(rootOf(before))).toBe(true);
      const rewritten = before.map((leaf, n) => (n === spot % earlier ? altered(leaf, byte) : leaf));
      expect(holds(rootOf(rewritten))).toBe(false);
      expect(holds(rootOf(before), [...path, rootOf(before)])).toBe(false);
      if (path.length > 0) expect(holds(rootOf(before), path.slice(1))).toBe(false);
    }),
    { numRuns: 300 },
  );
});

function altered(hash: Buffer, byte: number): Buffer {
  const copy = Buffer.from(hash);
  copy[byte % copy.length] = (copy[byte % copy.length] ?? 0) ^ (1 + (byte % 255));
  return copy;
}
