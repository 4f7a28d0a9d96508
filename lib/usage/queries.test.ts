import { beforeAll, describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { closeDatabase, db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll } from '@/lib/testing/ledger';
import { rollUpAll, writeAccesses } from '@/lib/testing/usage';
import { changeAccess } from '@/lib/tokens/access';
import { createToken } from '@/lib/tokens/commands';
import { overviewUsage, tokenUsage, usageWeeks } from '@/lib/usage/queries';

const database = testDatabase();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);

/** A token that was made so many days ago. */
async function issue(owner: Actor, name: string, days = 0, scopes: string[] = []): Promise<string> {
  const { id } = await createToken(owner, { name, description: '', expiration: { kind: 'never' }, scopes });
  await db().token.update({ where: { id }, data: { createdAt: ago(days * DAY) } });
  return id;
}

const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);

describe('usage of a token', () => {
  test('has its requests by the hour, the totals of the range and of the one before, and why some were refused', async () => {
    const owner = await createActor();
    const id = await issue(owner, 'counted');
    const by = { tokenId: id, actorId: owner.userId };
    await writeAccesses(
      { ...by, at: ago(0) },
      { ...by, at: ago(2 * HOUR), reason: 'rate_limited', count: 10 },
      { ...by, at: ago(2 * HOUR), reason: 'address' },
      { ...by, at: ago(30 * HOUR) },
      { ...by, at: ago(31 * HOUR), reason: 'address' },
    );
    await rollUpAll(database.url);
    const usage = await tokenUsage(owner, id, '24h', 'UTC');
    expect(usage.buckets).toHaveLength(24);
    expect(usage.buckets.at(-1)).toMatchObject({ allowed: 1, refused: 0 });
    expect(usage.buckets.at(-3)).toMatchObject({ allowed: 0, refused: 11 });
    expect(usage).toMatchObject({
      unit: 'hour',
      totals: { requests: 12, refused: 11, requestsBefore: 2, refusedBefore: 1 },
      reasons: [
        { reason: 'rate_limited', requests: 10 },
        { reason: 'address', requests: 1 },
      ],
      behindSince: null,
    });
    const week = await tokenUsage(owner, id, '7d', 'UTC');
    expect(week).toMatchObject({ totals: { requests: 14, refused: 12, requestsBefore: 0 } });
    expect(week.buckets).toHaveLength(168);
  });

  test('by days is by those of the viewer’s zone', async () => {
    const owner = await createActor();
    const id = await issue(owner, 'zoned');
    const noon = Math.floor(Date.now() / DAY) * DAY - 5 * DAY + 12 * HOUR;
    // Eleven in the evening and one in the morning in Auckland's winter and summer alike: 11:00 and 13:00 UTC are never one day there.
    await writeAccesses({ tokenId: id, at: new Date(noon - 2 * HOUR) }, { tokenId: id, at: new Date(noon + HOUR) });
    await rollUpAll(database.url);
    const days = async (zone: string) => (await tokenUsage(owner, id, '30d', zone)).buckets.map(({ allowed }) => allowed).filter(Boolean);
    expect(await days('UTC')).toEqual([2]);
    expect(await days('Pacific/Auckland')).toEqual([1, 1]);
    expect((await tokenUsage(owner, id, '90d', 'UTC')).buckets).toHaveLength(90);
  });

  test('names the five busiest addresses of 30 days, and how many there are besides', async () => {
    const owner = await createActor();
    const id = await issue(owner, 'travelled');
    const from = (ip: string | null, count: number) => ({ tokenId: id, at: ago(HOUR), ip, count });
    await writeAccesses(...[1, 2, 3, 4, 5, 6].map((n) => from(`192.0.2.${n}`, n)), from(null, 9), {
      ...from('10.0.0.1', 99),
      at: ago(40 * DAY),
    });
    await rollUpAll(database.url);
    const usage = await tokenUsage(owner, id, '90d', 'UTC');
    expect(usage.addresses.map(({ address, requests }) => [address, requests])).toEqual([
      [null, 9],
      ['192.0.2.6', 6],
      ['192.0.2.5', 5],
      ['192.0.2.4', 4],
      ['192.0.2.3', 3],
    ]);
    expect(usage.moreAddresses).toBe(2);
  });

  test('says that the log has not been added up yet, and until when it has', async () => {
    const owner = await createActor();
    const id = await issue(owner, 'late');
    await rollUpAll(database.url);
    const at = ago(60_000);
    await writeAccesses({ tokenId: id, at });
    for (const step of [async () => {}, () => sealAll()]) {
      await step();
      const { behindSince, totals } = await tokenUsage(owner, id, '24h', 'UTC');
      expect(Math.abs(Date.parse(String(behindSince)) - at.getTime())).toBeLessThan(2);
      expect(totals.requests).toBe(0);
    }
    await rollUpAll(database.url);
    expect(await tokenUsage(owner, id, '24h', 'UTC')).toMatchObject({ behindSince: null, totals: { requests: 1 } });
  });
});

describe('scopes that could go', () => {
  const scopes = ['orders:read', 'orders:write', 'stock:read'];
  const unused = async (owner: Actor, id: string) => (await tokenUsage(owner, id, '24h', 'UTC')).unusedScopes;

  test('are none where no gateway has asked for any scope for 30 days: then nothing is known', async () => {
    const owner = await createActor();
    expect(await unused(owner, await issue(owner, 'unknown', 60, scopes))).toEqual([]);
  });

  describe('where gateways ask for scopes', () => {
    let owner: Actor;
    beforeAll(async () => {
      owner = await createActor();
      await writeAccesses({ tokenId: newId(Date.now()), at: ago(35 * DAY), scopes: 'any' });
    });

    test('are those granted and not asked for in 30 days', async () => {
      const id = await issue(owner, 'wide', 60, scopes);
      await writeAccesses(
        { tokenId: id, at: ago(DAY), scopes: 'orders:read' },
        { tokenId: id, at: ago(2 * DAY), scopes: 'orders:read' },
        { tokenId: id, at: ago(32 * DAY), scopes: 'stock:read' },
        { tokenId: id, at: ago(DAY), scopes: 'orders:write', reason: 'scope' },
      );
      await rollUpAll(database.url);
      const usage = await tokenUsage(owner, id, '24h', 'UTC');
      expect(usage.unusedScopes).toEqual(['orders:write', 'stock:read']);
      expect(usage.scopes).toEqual([
        { scope: 'orders:read', requests: 2, lastAt: expect.any(String) },
        { scope: 'orders:write', requests: 0, lastAt: null },
        { scope: 'stock:read', requests: 0, lastAt: expect.any(String) },
      ]);
    });

    test('are none of a token younger than 30 days, and none that were granted since', async () => {
      await rollUpAll(database.url);
      expect(await unused(owner, await issue(owner, 'young', 29, scopes))).toEqual([]);
      const id = await issue(owner, 'widened', 60, ['orders:read']);
      expect(await unused(owner, id)).toEqual(['orders:read']);
      await changeAccess(owner, { id, scopes: ['orders:read', 'stock:read'] });
      expect(await unused(owner, id)).toEqual(['orders:read']);
    });
  });
});

describe('the overview', () => {
  test('shows members their own tokens, and whoever sees all everything with what was never issued', async () => {
    const [one, other, auditor] = [await createActor(), await createActor(), await createActor('auditor')];
    const [mine, theirs] = [await issue(one, 'mine'), await issue(other, 'theirs')];
    const before = await overviewUsage(auditor, '24h', 'UTC');
    await writeAccesses(
      { at: ago(0), tokenId: mine, actorId: one.userId, count: 3000 },
      { at: ago(0), tokenId: mine, actorId: one.userId, reason: 'address', count: 20 },
      { at: ago(0), tokenId: theirs, actorId: other.userId, count: 5000 },
      { at: ago(0), tokenId: theirs, actorId: other.userId, reason: 'address', count: 10 },
      { at: ago(0), reason: 'unknown', count: 100 },
    );
    await rollUpAll(database.url);
    for (const range of ['24h', '7d'] as const) {
      const own = await overviewUsage(one, range, 'UTC');
      expect(own).toMatchObject({ totals: { requests: 3020, refused: 20 }, reasons: [{ reason: 'address', requests: 20 }] });
      expect(own.busiest).toEqual([expect.objectContaining({ id: mine, name: 'mine', owner: one.name, requests: 3020, refused: 20 })]);
      expect(own.mostRefused.map(({ id }) => id)).toEqual([mine]);
      const all = await overviewUsage(auditor, range, 'UTC');
      expect(all.busiest.slice(0, 2).map(({ id }) => id)).toEqual([theirs, mine]);
      expect(all.mostRefused.map(({ id }) => id).indexOf(mine)).toBeLessThan(all.mostRefused.map(({ id }) => id).indexOf(theirs));
    }
    const after = await overviewUsage(auditor, '24h', 'UTC');
    expect(after.totals.requests - before.totals.requests).toBe(8130);
    expect(after.totals.refused - before.totals.refused).toBe(130);
    expect(sum(after.buckets.map(({ allowed, refused }) => allowed + refused))).toBe(after.totals.requests);
  });
});

test('the list’s weeks are seven days each, of that owner’s tokens only', async () => {
  const [one, other] = [await createActor(), await createActor()];
  const [mine, idle, theirs] = [await issue(one, 'mine'), await issue(one, 'idle'), await issue(other, 'theirs')];
  await writeAccesses(
    { at: ago(0), tokenId: mine, count: 3 },
    { at: ago(0), tokenId: mine, reason: 'address', count: 2 },
    { at: ago(6 * DAY), tokenId: mine },
    { at: ago(7 * DAY), tokenId: mine },
    { at: ago(0), tokenId: theirs },
  );
  await rollUpAll(database.url);
  expect(await usageWeeks(one, one.userId, [mine, idle, theirs], 'UTC')).toEqual({
    [mine]: { allowed: [1, 0, 0, 0, 0, 0, 3], refused: [0, 0, 0, 0, 0, 0, 2] },
  });
  expect(await usageWeeks(one, one.userId, [], 'UTC')).toEqual({});
});

test('pages read stretches of keys, however much was used: no table is read from end to end', async () => {
  const owner = await createActor();
  const id = await issue(owner, 'planned');
  await withClient(database.adminUrl, async (client) => {
    await client.query(`
      INSERT INTO usage_hour SELECT md5(t::text)::uuid, date_trunc('hour', now(), 'UTC') - h * interval '1 hour', r, 5
      FROM generate_series(1, 40) t, generate_series(1, 2000) h, unnest(ARRAY['', 'expired']) r`);
    await client.query(`
      INSERT INTO usage_day SELECT md5(t::text)::uuid, (now() AT TIME ZONE 'UTC')::date - d, 5, 1 FROM generate_series(1, 300) t, generate_series(1, 300) d`);
    await client.query('VACUUM ANALYZE usage_hour, usage_day, usage_address, usage_scope');
    const scans = async () => {
      // What a connection did is told, at the latest, when it ends.
      await closeDatabase();
      await expect
        .poll(async () => (await client.query(`SELECT FROM pg_stat_activity WHERE datname = current_database()`)).rowCount)
        .toBe(1);
      const { rows } = await client.query(
        `SELECT pg_stat_clear_snapshot(), sum(seq_scan)::int AS scans FROM pg_stat_user_tables WHERE relname IN ('usage_hour', 'usage_day')`,
      );
      return rows[0].scans as number;
    };
    const before = await scans();
    await tokenUsage(owner, id, '90d', 'UTC');
    await usageWeeks(owner, owner.userId, [id], 'UTC');
    await overviewUsage(owner, '90d', 'UTC');
    await overviewUsage(await createActor('admin'), '24h', 'UTC');
    expect(await scans()).toBe(before);
  });
});
