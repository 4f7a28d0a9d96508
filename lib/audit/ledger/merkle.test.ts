import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPTY_ROOT, Frontier, leafHash, nodeHash } from '@/lib/audit/ledger/merkle';

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
