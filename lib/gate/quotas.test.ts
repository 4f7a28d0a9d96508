import { expect, test } from 'vitest';
import { databaseNow, db, pool } from '@/lib/db';
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

test('most requests of a large quota cost no query', async () => {
  const quotas = new Quotas(pool());
  const tokenId = newId(Date.now());
  expect(await passing(tokenId, perDay(1_000_000), [quotas], 900)).toBe(900);
  expect(await db().quotaUse.findFirst({ where: { tokenId }, select: { used: true, granted: true } })).toEqual({
    used: 1000,
    granted: 1000,
  });
});

test('a quota that was made larger or smaller goes on from what was used', async () => {
  const quotas = new Quotas(pool());
  const tokenId = newId(Date.now());
  expect(await passing(tokenId, perDay(3), [quotas], 5)).toBe(3);
  expect(await passing(tokenId, perDay(5), [quotas], 5)).toBe(2);
  expect(await passing(tokenId, perDay(4), [quotas], 5)).toBe(0);
});
