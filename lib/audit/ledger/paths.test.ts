import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { EMPTY_ROOT, Frontier, inclusionRanges, provesInclusion } from '@/lib/audit/ledger/merkle';
import { Paths } from '@/lib/audit/ledger/paths';
import { withClient } from '@/lib/boot/roles';
import { testDatabase } from '@/lib/testing/database';

const database = testDatabase();

/** A tree of so many leaves in the database. */
async function grow(size: number): Promise<{ leaves: Buffer[]; rootOf: (size: number) => Buffer }> {
  const frontier = new Frontier();
  const leaves = Array.from({ length: size }, () => randomBytes(32));
  const roots = [EMPTY_ROOT];
  const nodes = leaves.flatMap((leaf) => {
    const completed = frontier.append(leaf).filter(({ level }) => level % 8 === 0);
    roots.push(frontier.root());
    return completed;
  });
  await withClient(database.adminUrl, async (client) => {
    await client.query(
      `INSERT INTO audit_leaf (number, leaf_id, last_id, events, hash) SELECT n - 1, gen_random_uuid(), gen_random_uuid(), 1, hash FROM unnest($1::bytea[]) WITH ORDINALITY AS l(hash, n)`,
      [leaves],
    );
    await client.query('INSERT INTO audit_node SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[])', [
      nodes.map(({ level }) => level),
      nodes.map(({ index }) => index),
      nodes.map(({ hash }) => hash),
    ]);
  });
  return { leaves, rootOf: (at) => roots[at] as Buffer };
}

test('proofs for many leaves at once hold, for trees of any size, and take few queries', { timeout: 60_000 }, async () => {
  const { leaves, rootOf } = await grow(70_000);
  await withClient(database.url, async (client) => {
    let queries = 0;
    const counting = {
      query(...args: Parameters<typeof client.query>) {
        queries++;
        return client.query(...args);
      },
    } as typeof client;
    for (const size of [1, 2, 3, 255, 256, 257, 511, 512, 4096, 5000, 65_535, 65_536, 65_537, 69_999, 70_000]) {
      const root = rootOf(size);
      const some = [0, 1, 2, 254, 255, 256, 257, 300, 4095, 65_535, 65_536, size - 1, size - 2, Math.floor(size / 2)];
      const numbers = [...new Set(some)].filter((n) => n >= 0 && n < size).map(BigInt);
      queries = 0;
      const paths = new Paths(counting, BigInt(size));
      for (const [number, path] of await paths.of(numbers)) {
        expect(path).toHaveLength(inclusionRanges(number, BigInt(size)).length);
        expect(provesInclusion(leaves[Number(number)] as Buffer, number, BigInt(size), root, path), `${number} of ${size}`).toBe(true);
      }
      expect(queries).toBeLessThanOrEqual(3);
      queries = 0;
      await paths.of(numbers);
      expect(queries, 'what was read is not read again').toBe(0);
    }
  });
});

test('a tree that lacks what was stored gives no proof', async () => {
  await withClient(database.adminUrl, (client) =>
    client.query('SET session_replication_role = replica; DELETE FROM audit_node WHERE level = 8 AND index = 7'),
  );
  await withClient(database.url, async (client) => {
    await expect(new Paths(client, 70_000n).of([3n])).rejects.toThrow('lacks nodes of level 8');
  });
});
