import { expect, test } from 'vitest';
import { signIn } from '@/lib/auth/sign-in';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createPerson, nowhere, outcomeOf, PASSWORD } from '@/lib/testing/people';
import { getUser, listSignIns, listUsers, USERS_PER_PAGE } from '@/lib/users/queries';
import { userFilters } from '@/lib/users/schema';

testDatabase();

test('the list is searched by name and address, literally, filtered, sorted and paged', async () => {
  const auditor = await createPerson('auditor', { name: 'Zoe' });
  await createActor('member', { name: '100% Ada_', email: 'ada@example.org' });
  await createActor('admin', { name: 'Bob', email: 'bob@example.org', disabledAt: new Date() });
  const names = async (given: object) => (await listUsers(auditor, userFilters.parse(given))).rows.map(({ name }) => name);
  expect(await names({})).toEqual(['100% Ada_', 'Bob', 'Zoe']);
  expect(await names({ sort: 'name', dir: 'desc' })).toEqual(['Zoe', 'Bob', '100% Ada_']);
  expect(await names({ q: 'EXAMPLE.org', show: 'member' })).toEqual(['100% Ada_']);
  expect(await names({ q: '%' })).toEqual(['100% Ada_']);
  expect(await names({ q: '_' })).toEqual(['100% Ada_']);
  expect(await names({ q: '\\' })).toEqual([]);
  expect(await names({ q: '\0\ud800' })).toHaveLength(3);
  expect(await names({ show: 'disabled' })).toEqual(['Bob']);
  expect(await names({ show: 'invited' })).toEqual(['100% Ada_']);
  expect(await names({ show: 'auditor' })).toEqual(['Zoe']);
  expect(await names({ show: 'nonsense', page: '-1', sort: ['x'], dir: 7 })).toHaveLength(3);
  for (let i = 0; i < USERS_PER_PAGE; i++) await createActor('member', { name: `Person ${i}` });
  const second = await listUsers(auditor, userFilters.parse({ page: '99' }));
  expect([second.page, second.rows.length, second.total, second.all]).toEqual([2, 3, USERS_PER_PAGE + 3, USERS_PER_PAGE + 3]);
  expect(JSON.stringify(second)).not.toMatch(/argon2|passwordHash/);
});

test('names are in alphabetical order, whatever their capitals and accents', async () => {
  const auditor = await createPerson('auditor', { name: 'Ordered zeta' });
  for (const name of ['Ordered beta', 'ordered Alpha', 'Ordered Éclair', 'ORDERED delta', 'ordered Foxtrot'])
    await createActor('member', { name });
  const names = async (dir: string) =>
    (await listUsers(auditor, userFilters.parse({ q: 'ordered', dir }))).rows.map(({ name }) => name.slice(8));
  const expected = ['Alpha', 'beta', 'delta', 'Éclair', 'Foxtrot', 'zeta'];
  expect(await names('asc')).toEqual(expected);
  expect(await names('desc')).toEqual(expected.reverse());
});

test('a user’s sign-ins show the refused ones too, newest first, and nobody else’s', async () => {
  const member = await createPerson('member', { email: 'member@example.org' });
  await createPerson('member', { email: 'other@example.org' });
  for (const [email, password] of [
    ['member@example.org', PASSWORD],
    ['member@example.org', 'wrong'],
    ['other@example.org', PASSWORD],
  ])
    await signIn({ email, password }, nowhere);
  const admin = await createPerson('admin');
  const rows = await listSignIns(admin, member.userId);
  expect(rows.map(({ ok, reason, ip }) => [ok, reason, ip])).toEqual([
    [false, 'wrong_password', '198.51.100.7'],
    [true, null, '198.51.100.7'],
  ]);
  expect(Math.abs(Date.parse(rows[0]?.at as string) - Date.now())).toBeLessThan(60_000);
});

test('sign-ins are found through their own indexes, however often tokens were used', async () => {
  const plan = await db().$queryRaw<{ 'QUERY PLAN': string }[]>`
    EXPLAIN SELECT * FROM audit_log.operation WHERE actor_id = ${newId(new Date())}::uuid AND event LIKE 'user.sign%' AND event <> 'user.signed_out' ORDER BY id DESC LIMIT 10`;
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/operation_\d{4}_\d\d_actor_id_id_idx1/);
});

test('somebody who does not exist is not found', async () => {
  expect(await outcomeOf(getUser(await createPerson('admin'), newId(new Date())))).toBe('not_found');
});
