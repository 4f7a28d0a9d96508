import { expect, test } from 'vitest';
import { refuseCommonPassword } from '@/lib/auth/common-passwords';
import { outcomeOf } from '@/lib/testing/people';

const personal = ['Grace Hopper', 'grace.hopper@example.org'];

test.each([
  '123456789012',
  'qwertyuiop123',
  'Password1234',
  'P@ssw0rd2024',
  'pa$$w0rd!!!!',
  'Sunshine2026!!',
  'passwordpassword',
  'aaaaaaaaaaaa',
  'abcabcabcabc',
  'x7k2x7k2x7k2',
  'abcdefghijklmnop',
  '0987654321098765',
  'ＰＡＳＳＷＯＲＤ1234',
  'administrator',
  'latchkey2026!',
  'grace.hopper@example.org',
  'Grace Hopper',
  'gracehopper1',
  'hopper123456',
])('refuses %s', async (password) => {
  expect(await outcomeOf(refuseCommonPassword(password, personal, 'password'))).toBe('password_common');
});

test.each([
  'correct horse battery staple',
  'sieve-otter-plum-71',
  'K9#vm2!qLz0w',
  '令牌控制台是我们的好朋友们',
  'dit is een lange zin',
  '            x           ',
  'dragon 8472 9918 2837',
])('accepts "%s"', async (password) => {
  expect(await outcomeOf(refuseCommonPassword(password, personal, 'password'))).toBe('ok');
});
