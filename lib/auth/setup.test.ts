import { afterEach, expect, test } from 'vitest';
import { verifyPassword } from '@/lib/auth/passwords';
import { setupInput } from '@/lib/auth/schema';
import { createFirstAdmin, needsSetup, setUp } from '@/lib/auth/setup';
import { db } from '@/lib/db';
import { SettingsError } from '@/lib/env';
import { runtime } from '@/lib/runtime';
import { testDatabase } from '@/lib/testing/database';
import { eventsOf, nowhere, outcomeOf, PASSWORD } from '@/lib/testing/people';

testDatabase();
afterEach(async () => {
  await db().user.deleteMany();
  await db().signInAttempt.deleteMany();
});

const input = (fields: object = {}) => ({
  code: runtime().keys.setupCode,
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  password: PASSWORD,
  ...fields,
});

test('of ten people who set up at once, one becomes the administrator', async () => {
  expect(await needsSetup()).toBe(true);
  const tries = Array.from({ length: 10 }, (_, n) => outcomeOf(setUp(nowhere, input({ email: `person${n}@example.org` }))));
  expect((await Promise.all(tries)).sort()).toEqual(['ok', ...Array(9).fill('setup_closed')]);
  const users = await db().user.findMany();
  expect(users.map(({ role }) => role)).toEqual(['admin']);
  expect(await verifyPassword(PASSWORD, users[0]?.passwordHash ?? null)).toBe(true);
  expect(await needsSetup()).toBe(false);
  const events = await eventsOf('user.created');
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ actorId: users[0]?.id, subjectId: null, ip: nowhere.ip });
});

test('without the code nobody sets up, and guessing it ends after ten tries', async () => {
  const outcomes = [];
  for (let i = 0; i < 11; i++) outcomes.push(await outcomeOf(setUp(nowhere, input({ code: `guess ${i}` }))));
  expect(outcomes).toEqual([...Array(10).fill('setup_code_wrong'), 'too_many_attempts']);
  expect(await needsSetup()).toBe(true);
  expect(await outcomeOf(setUp({ ...nowhere, ip: '198.51.100.8' }, input()))).toBe('ok');
});

test('a common password is refused and changes nothing', async () => {
  expect(await outcomeOf(setUp(nowhere, input({ password: 'adalovelace1' })))).toBe('password_common');
  expect(await needsSetup()).toBe(true);
});

test('extra fields and bad texts are refused beside their field', () => {
  const field = (fields: object) => setupInput.safeParse(input(fields)).error?.issues[0];
  expect(field({ role: 'admin' })?.code).toBe('unrecognized_keys');
  expect(field({ name: 'a\u202eb' })).toMatchObject({ path: ['name'], message: 'forbidden_characters' });
  expect(field({ email: 'ada@' })).toMatchObject({ path: ['email'], message: 'email_invalid' });
  expect(field({ code: '' })).toMatchObject({ path: ['code'], message: 'required' });
});

test('ADMIN_EMAIL and ADMIN_PASSWORD create the first administrator once, several instances at a time', async () => {
  const admin = { email: 'root@example.org', password: PASSWORD };
  await Promise.all([createFirstAdmin(admin), createFirstAdmin(admin), createFirstAdmin({ ...admin, email: 'other@example.org' })]);
  await createFirstAdmin({ email: 'late@example.org', password: 'short' });
  expect(await db().user.count()).toBe(1);
});

test.each([
  [{ email: 'root@example.org', password: 'tiny' }, /^ADMIN_PASSWORD: is too short/],
  [{ email: 'root@example.org', password: 'Password1234' }, /^ADMIN_PASSWORD: is one of the passwords/],
  [{ email: `${'x'.repeat(300)}@example.org`, password: PASSWORD }, /^ADMIN_EMAIL:/],
])('a bad setting stops the start with its name (%#)', async (admin, message) => {
  const error = await createFirstAdmin(admin).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(SettingsError);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain(admin.password);
});
