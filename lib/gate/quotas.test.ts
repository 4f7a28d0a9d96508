import type { Pool, QueryConfig } from 'pg';
import { expect, test, vi } from 'vitest';
import { databaseNow, db, pool } from '@/lib/db';
import { OverloadError } from '@/lib/gate/batcher';
import { type Quota, Quotas } from '@/lib/gate/quotas';
import { newId } from '@/lib/id';
import { testDatabase } from '@/lib/testing/database';

testDatabase();

const DAY = 86_400_000;
const perDay = (requests: number): Quota => ({ requests, period: 'day' });
const now = async () => (await databaseNow()).getTime();

/** How many of so many requests pass that come at once to these in turn. */
async function passing(tokenId: string, quota: Quota, instances: Quotas[], requests: number): Promise<number> {
  const at = await now();
  const takes = Array.from({ length: requests }, (_, n) => instances[n % instances.length]?.take(tokenId, quota, at));
  return (await Promise.all(takes)).filter((allowance) => allowance?.isAllowed).length;
}

test.each([1, 7, 150, 2500])('a quota of %i lets exactly so many pass, whatever the instance they come to', async (requests) => {
  const instances = [new Quotas(pool()), new Quotas(pool()), new Quotas(pool())];
  const tokenId = newId(Date.now());
  let passed = 0;
  // What one had taken out for later is spent by others only once it was given back.
  for (let round = 0; round < 4; round++) {
    passed += await passing(tokenId, perDay(requests), instances, requests);
    for (const instance of instances) await instance.drained();
  }
  expect(passed).toBe(requests);
  expect(await db().quotaUse.findMany({ select: { used: true } })).toContainEqual({ used: requests });
});

test('says what is left of it, and how long until the next period', async () => {
  const quotas = new Quotas(pool());
  const tokenId = newId(Date.now());
  const at = await now();
  const untilMidnight = Math.ceil((DAY - (at % DAY)) / 1000);
  for (const [isAllowed, remaining] of [
    [true, 1],
    [true, 0],
    [false, 0],
  ])
    expect(await quotas.take(tokenId, perDay(2), at)).toEqual({ isAllowed, remaining, waitSeconds: untilMidnight });
});

test('a new day or month begins with all of it', async () => {
  const quotas = new Quotas(pool());
  const tokenId = newId(Date.now());
  expect(await passing(tokenId, perDay(1), [quotas], 2)).toBe(1);
  await db().$executeRaw`UPDATE quota_use SET starts_at = starts_at - interval '1 day' WHERE token_id = ${tokenId}::uuid`;
  expect((await quotas.take(tokenId, perDay(1), (await now()) + DAY)).isAllowed).toBe(true);
  const monthly = await quotas.take(tokenId, { requests: 5, period: 'month' }, await now());
  const { startsAt } = await db().quotaUse.findFirstOrThrow({ where: { tokenId, period: 'month' }, select: { startsAt: true } });
  expect(startsAt.toISOString()).toMatch(/-01T00:00:00.000Z$/);
  expect(monthly.waitSeconds * 1000).toBeLessThanOrEqual(31 * DAY);
});

/** The pool, which counts what it is asked, and tells nothing while it hangs. */
function watched() {
  const seen = { queries: 0, hangs: false };
  const query = (config: QueryConfig) => {
    seen.queries++;
    return seen.hangs ? new Promise(() => {}) : pool().query(config);
  };
  return { seen, pool: Object.assign(Object.create(pool()), { query }) as Pool };
}

test('most requests of a large quota cost no query, also where they come one after another', async () => {
  const { seen, pool: counting } = watched();
  const quotas = new Quotas(counting);
  const tokenId = newId(Date.now());
  const at = await now();
  for (let n = 0; n < 900; n++) expect((await quotas.take(tokenId, perDay(1_000_000), at)).isAllowed).toBe(true);
  expect(seen.queries).toBeLessThan(15);
  expect(await passing(tokenId, perDay(1_000_000), [quotas], 900)).toBe(900);
  expect(seen.queries).toBeLessThan(20);
});

test('those that come at once near a quota’s end share a query', async () => {
  const { seen, pool: counting } = watched();
  const tokenId = newId(Date.now());
  expect(await passing(tokenId, perDay(100), [new Quotas(counting)], 250)).toBe(100);
  expect(seen.queries).toBeLessThan(4);
});

test('many tokens at once share a query, and each has its own quota', async () => {
  const { seen, pool: counting } = watched();
  const quotas = new Quotas(counting);
  const tokens = Array.from({ length: 40 }, () => newId(Date.now()));
  const at = await now();
  const takes = tokens.map((tokenId, n) => Promise.all([1, 2, 3, 4, 5].map(() => quotas.take(tokenId, perDay(n % 4), at))));
  const passed = (await Promise.all(takes)).map((answers) => answers.filter(({ isAllowed }) => isAllowed).length);
  expect(passed).toEqual(tokens.map((_, n) => n % 4));
  expect(seen.queries).toBeLessThan(4);
});

test('what was used is known exactly a moment after the last request, with nothing held back', async () => {
  const quotas = new Quotas(pool());
  const tokenId = newId(Date.now());
  for (const used of [1, 38]) {
    expect(await passing(tokenId, perDay(10_000), [quotas], used)).toBe(used);
    await quotas.take(tokenId, perDay(10_000), await now());
  }
  await vi.waitFor(
    async () => expect(await db().quotaUse.findFirst({ where: { tokenId }, select: { used: true } })).toEqual({ used: 41 }),
    { timeout: 5000, interval: 100 },
  );
  expect((await quotas.take(tokenId, perDay(10_000), await now())).remaining).toBe(10_000 - 42);
});

test('are not waited for longer than 1.5 s while the database hangs, neither by requests nor at the end', async () => {
  const { seen, pool: hanging } = watched();
  const quotas = new Quotas(hanging);
  const tokenId = newId(Date.now());
  // Two of them hold something.
  expect(await passing(tokenId, perDay(10_000), [quotas], 10)).toBe(10);
  await quotas.take(tokenId, perDay(10_000), await now());
  const at = await now();
  seen.hangs = true;
  const startedAt = performance.now();
  await expect(quotas.take(newId(Date.now()), perDay(10), at)).rejects.toThrow(OverloadError);
  expect(performance.now() - startedAt).toBeLessThan(1800);
  const endedAt = performance.now();
  await quotas.drained();
  expect(performance.now() - endedAt).toBeLessThan(1200);
});

test('two sizes of one quota at once, as in the moment of its change, are counted together', async () => {
  const quotas = new Quotas(pool());
  const tokenId = newId(Date.now());
  const at = await now();
  const answers = await Promise.all([4, 2, 4, 2, 4, 2].map((requests) => quotas.take(tokenId, perDay(requests), at)));
  expect(answers.filter(({ isAllowed }) => isAllowed).length).toBeLessThanOrEqual(4);
  const { used } = await db().quotaUse.findFirstOrThrow({ where: { tokenId }, select: { used: true } });
  expect(used).toBeLessThanOrEqual(4);
});

test('a quota that was made larger or smaller goes on from what was used', async () => {
  const quotas = new Quotas(pool());
  const tokenId = newId(Date.now());
  expect(await passing(tokenId, perDay(3), [quotas], 5)).toBe(3);
  expect(await passing(tokenId, perDay(5), [quotas], 5)).toBe(2);
  expect(await passing(tokenId, perDay(4), [quotas], 5)).toBe(0);
});
