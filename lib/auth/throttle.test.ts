import { afterEach, expect, test } from 'vitest';
import { type Attempt, accountOf, releaseAttempt, reserveAttempt, sourceOf, WINDOW } from '@/lib/auth/throttle';
import { db } from '@/lib/db';
import type { AppError } from '@/lib/errors';
import { testDatabase } from '@/lib/testing/database';
import { outcomeOf } from '@/lib/testing/people';

testDatabase();
afterEach(() => db().signInAttempt.deleteMany());

const attempt = (account: string, source: string, known = false): Attempt => ({ account: accountOf(account), source, known });

async function accepted(times: number, of: Attempt): Promise<number> {
  const outcomes = [];
  for (let i = 0; i < times; i++) outcomes.push(await outcomeOf(reserveAttempt(of)));
  return outcomes.filter((outcome) => outcome === 'ok').length;
}

test('one source gets ten tries at an account, and says how long to wait after that', async () => {
  const mine = attempt('ada', '192.0.2.1');
  expect(await accepted(12, mine)).toBe(10);
  const error: AppError = await reserveAttempt(mine).catch((refusal) => refusal);
  expect(error.detail.values?.minutes).toBeGreaterThanOrEqual(14);
  expect(error.detail.values?.minutes).toBeLessThanOrEqual(15);
});

test('a hundred tries at once are no more than ten', async () => {
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcomeOf(reserveAttempt(attempt('ada', '192.0.2.1')))));
  expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(10);
});

test('rotating addresses get little from each, and yet somebody elsewhere always has a try', async () => {
  expect(await accepted(20, attempt('ada', '192.0.2.1'))).toBe(10);
  for (let i = 2; i <= 7; i++) expect(await accepted(5, attempt('ada', `192.0.2.${i}`))).toBe(3);
  expect(await accepted(5, attempt('ada', '192.0.2.8'))).toBe(2);
  for (let i = 9; i <= 40; i++) expect(await accepted(5, attempt('ada', `192.0.2.${i}`))).toBe(1);
});

test('a browser that the account knows is a source of its own, whatever happens elsewhere', async () => {
  await accepted(10, attempt('ada', '192.0.2.1'));
  expect(await accepted(12, attempt('ada', 'device:one', true))).toBe(10);
});

test('one source gets fifty tries over all accounts; others go on', async () => {
  let through = 0;
  for (let i = 0; i < 12; i++) through += await accepted(5, attempt(`person${i}`, '192.0.2.1'));
  expect(through).toBe(50);
  expect(await accepted(1, attempt('person11', '192.0.2.2'))).toBe(1);
});

test('a try that is given back does not count', async () => {
  const mine = attempt('ada', '192.0.2.1');
  for (let i = 0; i < 20; i++) await releaseAttempt(db(), await reserveAttempt(mine));
  expect(await accepted(12, mine)).toBe(10);
});

test('tries come free a quarter of an hour after they were made, and old rows go', async () => {
  const mine = attempt('ada', '192.0.2.1');
  await accepted(10, mine);
  const rows = await db().signInAttempt.findMany({ orderBy: { at: 'asc' }, take: 4 });
  await db().signInAttempt.updateMany({
    where: { id: { in: rows.map(({ id }) => id) } },
    data: { at: new Date(Date.now() - WINDOW - 1000) },
  });
  expect(await accepted(6, mine)).toBe(4);
  expect(await db().signInAttempt.count()).toBe(10);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['not an address', 'unknown'],
  [null, 'unknown'],
])('%s counts as %s', (ip, source) => {
  expect(sourceOf(ip)).toBe(source);
});

test('spellings of one address name one account', () => {
  expect(accountOf('Ada@Example.org').equals(accountOf('ada@example.org'))).toBe(true);
});
