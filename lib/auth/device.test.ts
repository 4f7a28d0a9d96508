import { expect, test } from 'vitest';
import { deviceOf, rememberDevice } from '@/lib/auth/device';
import { accountOf } from '@/lib/auth/throttle';
import { testDatabase } from '@/lib/testing/database';

testDatabase();

test('a browser is known to the accounts that signed in with it, to no other, and not when its cookie was bent', () => {
  const [ada, bob] = [accountOf('ada@example.org'), accountOf('bob@example.org')];
  const cookie = rememberDevice(undefined, ada);
  const id = deviceOf(cookie, ada);
  expect(id).toMatch(/^[\w-]{22}$/);
  expect(deviceOf(cookie, bob)).toBeUndefined();
  const shared = rememberDevice(cookie, bob);
  expect([deviceOf(shared, ada), deviceOf(shared, bob)]).toEqual([id, id]);
  const other = rememberDevice(undefined, ada);
  expect(deviceOf(`${other.split('.')[0]}.${cookie.split('.')[1]}`, ada)).toBeUndefined();
});

test('a browser remembers the last five accounts', () => {
  const accounts = [1, 2, 3, 4, 5, 6].map((n) => accountOf(`person${n}@example.org`));
  const cookie = accounts.reduce<string | undefined>((before, account) => rememberDevice(before, account), undefined);
  expect(accounts.map((account) => deviceOf(cookie, account) !== undefined)).toEqual([false, true, true, true, true, true]);
  expect(rememberDevice(cookie, accounts[5] as Buffer)).toBe(cookie);
});

test.each([undefined, '', '.', 'x', 'a'.repeat(5000), `${'a'.repeat(22)}.${'b'.repeat(22)}`])('%j is nobody’s device', (cookie) => {
  expect(deviceOf(cookie, accountOf('ada@example.org'))).toBeUndefined();
});
