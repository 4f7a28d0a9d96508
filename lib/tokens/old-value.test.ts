import { describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { outcomeOf } from '@/lib/testing/people';
import { createToken, deleteToken, regenerateToken } from '@/lib/tokens/commands';
import { finishGrace } from '@/lib/tokens/grace';
import { getOldValue } from '@/lib/tokens/old-value';
import { getToken, listTokens } from '@/lib/tokens/queries';
import { tokenFilters } from '@/lib/tokens/schema';

const database = testDatabase();

async function regenerated(owner: Actor, graceSeconds: number) {
  const { id } = await createToken(owner, { name: 'ci', description: '', expiration: { kind: 'never' } });
  const { oldValueUntil } = await regenerateToken(owner, { id, generation: 1, graceSeconds });
  return { id, until: oldValueUntil };
}

type Access = { ip?: string | null; userAgent?: string | null; generation?: number | null; reason?: string; count?: number; ago?: number };

/** Accesses as the gate stores them. */
async function accesses(owner: Actor, tokenId: string, ...all: Access[]): Promise<void> {
  await db().auditEvent.createMany({
    data: all.map(({ ip = '192.0.2.1', userAgent = 'curl/8', generation = 1, reason, count = 1, ago = 0 }) => {
      const at = new Date(Date.now() - ago);
      return {
        ...{ id: newId(at), at, tokenId, actorId: owner.userId, actorType: 'token', ip, userAgent, generation, count },
        ...{ event: reason ? 'token.refused' : 'token.used', outcome: reason ? 'refused' : 'ok', reason },
      };
    }),
  });
}

const rowOf = async (owner: Actor) => (await listTokens(owner, owner.userId, tokenFilters.parse({}))).rows[0];

describe('who still uses the old value', () => {
  test('is told by address and client, the last seen first, without those who use the new one or were refused', async () => {
    const owner = await createActor();
    const { id, until } = await regenerated(owner, 3600);
    await accesses(
      owner,
      id,
      { ago: 9 },
      { ago: 8 },
      { ago: 7, userAgent: 'backup/2' },
      { ago: 6, ip: '2001:db8::7', userAgent: null },
      { ago: 5, ip: null },
      { ago: 4, generation: null, ip: '198.51.100.1' },
      { ago: 3, reason: 'scope', ip: '198.51.100.2' },
      { ago: 2, generation: 7, ip: '198.51.100.3' },
    );
    const old = await getOldValue(owner, id);
    expect(old).toMatchObject({ isAlive: true, until, graceUntil: until, isCapped: true, addresses: 3, moreAddresses: false, tries: null });
    expect(old?.uses.map(({ ip, userAgent, uses, more }) => [ip, userAgent, uses, more])).toEqual([
      [null, 'curl/8', 1, false],
      ['2001:db8::7', null, 1, false],
      ['192.0.2.1', 'backup/2', 1, false],
      ['192.0.2.1', 'curl/8', 2, false],
    ]);
    expect(await rowOf(owner)).toMatchObject({ oldValueUntil: until, tries: null });
  });

  test('is found also behind a client that uses it a thousand times as much, and from very many addresses', async () => {
    const owner = await createActor();
    const { id } = await regenerated(owner, 3600);
    await accesses(owner, id, ...Array.from({ length: 1500 }, (_, n) => ({ ago: n })));
    await accesses(owner, id, { ip: '203.0.113.9', userAgent: 'straggler', ago: 60_000 });
    const old = await getOldValue(owner, id);
    expect(old?.uses.map(({ userAgent, uses, more }) => [userAgent, uses, more])).toEqual([
      ['curl/8', 1000, true],
      ['straggler', 1, false],
    ]);
    await accesses(owner, id, ...Array.from({ length: 250 }, (_, n) => ({ ip: `10.0.${n % 2}.${n}`, ago: 10_000 })));
    const many = await getOldValue(owner, id);
    expect(many).toMatchObject({ addresses: 200, moreAddresses: true });
    expect(many?.uses).toHaveLength(25);
  });

  test('is read from its small index alone, a bounded part of it, however much the token is used', async () => {
    const owner = await createActor();
    const { id } = await regenerated(owner, 3600);
    await withClient(database.adminUrl, async (client) => {
      // Half a million uses of the new value, and as much of the old one as a busy client makes in a minute.
      await client.query(
        `INSERT INTO audit_event (id, at, event, actor_type, actor_id, token_id, outcome, ip, user_agent, generation)
         SELECT gen_random_uuid(), now(), 'token.used', 'token', $1, $2, 'ok', '192.0.2.1', 'curl/8', CASE WHEN i % 10 = 0 THEN 1 END
         FROM generate_series(1, 200000) i`,
        [owner.userId, id],
      );
      await client.query('ANALYZE audit_event');
    });
    const before = await blocksRead(database.adminUrl);
    expect((await getOldValue(owner, id))?.uses).toMatchObject([{ uses: 1000, more: true }]);
    const after = await blocksRead(database.adminUrl);
    // 1000 rows lie in at most 1000 pages of the table; all of its uses would be many times that.
    expect(after.table - before.table).toBeLessThan(1500);
    expect(after.scans - before.scans).toBe(0);
  });
});

/** Pages of the log's tables that were looked at so far, and how often one that is not small was read from end to end. */
async function blocksRead(url: string): Promise<{ table: number; scans: number }> {
  return withClient(url, async (client) => {
    await db().$executeRaw`SELECT pg_stat_force_next_flush()`;
    const { rows } = await client.query(
      `SELECT sum(heap_blks_read + heap_blks_hit)::int AS table, coalesce(sum(seq_scan) FILTER (WHERE reltuples > 1000), 0)::int AS scans
       FROM pg_statio_user_tables JOIN pg_stat_user_tables USING (relid) JOIN pg_class ON pg_class.oid = relid
       WHERE pg_statio_user_tables.schemaname = 'audit_log'`,
    );
    return rows[0];
  });
}

describe('tries of a value that has ended', () => {
  test('are told to the owner, with exact counts, since its end', async () => {
    const owner = await createActor();
    const { id } = await regenerated(owner, 3600);
    await accesses(owner, id, { reason: 'superseded', ago: 60_000, count: 40 });
    await finishGrace(owner, { id, generation: 2 });
    expect((await getOldValue(owner, id))?.tries).toBeNull();
    await accesses(owner, id, { reason: 'superseded', ago: -1 }, { reason: 'superseded', ip: '198.51.100.4', count: 17, ago: -2 });
    await accesses(owner, id, { reason: 'expired', generation: null, ago: -3 }, { ago: -3, generation: null });
    const tries = { count: 18, more: false, ip: '198.51.100.4', at: expect.any(String) };
    expect(await getOldValue(owner, id)).toMatchObject({ isAlive: false, tries });
    expect(await rowOf(owner)).toMatchObject({ oldValueUntil: null, tries });
    expect(await getToken(owner, id)).toMatchObject({ tries });
  });

  test('are told of a token that was regenerated without a grace, and nothing where there were none', async () => {
    const owner = await createActor();
    const { id } = await regenerated(owner, 0);
    expect([await getOldValue(owner, id), await rowOf(owner)]).toMatchObject([null, { oldValueUntil: null, tries: null }]);
    await accesses(owner, id, { reason: 'superseded', ago: -5 });
    expect(await getOldValue(owner, id)).toMatchObject({ graceUntil: null, uses: [], tries: { count: 1 } });
  });

  test('are counted no further than anybody needs, and said to be at least so many', async () => {
    const owner = await createActor();
    const { id } = await regenerated(owner, 0);
    await accesses(owner, id, ...Array.from({ length: 230 }, (_, n) => ({ reason: 'superseded', count: 2, ago: -n - 1 })));
    expect((await getOldValue(owner, id))?.tries).toMatchObject({ count: 400, more: true });
  });

  test('are told of a deleted token too, whichever of its values was tried', async () => {
    const owner = await createActor();
    const { id } = await regenerated(owner, 3600);
    await deleteToken(owner, { id, confirmName: 'ci' });
    await accesses(owner, id, { reason: 'deleted', ago: -1 }, { reason: 'deleted', generation: null, ago: -2 });
    const { deletedAt } = await db().token.findUniqueOrThrow({ where: { id } });
    expect(await getOldValue(owner, id)).toMatchObject({ isAlive: false, until: deletedAt?.toISOString(), tries: { count: 2 } });
  });

  test('of a token that was never regenerated do not exist', async () => {
    const owner = await createActor();
    const { id } = await createToken(owner, { name: 'ci', description: '', expiration: { kind: 'never' } });
    expect(await getOldValue(owner, id)).toBeNull();
    expect(await outcomeOf(getOldValue(owner, '0195f3a0-0000-7000-8000-000000000001'))).toBe('not_found');
  });
});

test('an old value ends with its token, where that expires first', async () => {
  const owner = await createActor();
  const { id } = await regenerated(owner, 3600);
  const expiresAt = new Date(Date.now() - 1000);
  await db().token.update({ where: { id }, data: { expiresAt } });
  expect(await getOldValue(owner, id)).toMatchObject({ isAlive: false, until: expiresAt.toISOString() });
  expect(await rowOf(owner)).toMatchObject({ oldValueUntil: null });
});
