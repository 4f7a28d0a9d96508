import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '@/lib/auth/passwords';
import { newPassword } from '@/lib/auth/schema';
import { limitConcurrency } from '@/lib/concurrency';
import { outcomeOf } from '@/lib/testing/people';

test('a hash is argon2id with 19 MiB, two passes, one lane, and a salt of its own', async () => {
  const [one, two] = await Promise.all([hashPassword('the same words'), hashPassword('the same words')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
});

test('a password is right however a keyboard composes its characters, and wrong when a single one differs', async () => {
  const stored = await hashPassword('Zoë naïve Ａ𝟙 ﬁn');
  expect(await verifyPassword('Zoe\u0308 nai\u0308ve A1 fin', stored)).toBe(true);
  expect(await verifyPassword('zoë naïve A1 fin', stored)).toBe(false);
  expect(await verifyPassword(' Zoë naïve A1 fin', stored)).toBe(false);
});

test('all of a long password counts', async () => {
  const stored = await hashPassword('長'.repeat(200));
  expect(await verifyPassword(`${'長'.repeat(199)}短`, stored)).toBe(false);
});

test('without a hash nothing is right', async () => {
  expect(await verifyPassword('', null)).toBe(false);
});

test.each([
  ['x'.repeat(11), 'too_short'],
  ['x'.repeat(12), undefined],
  ['x'.repeat(200), undefined],
  ['x'.repeat(201), 'too_long'],
  ['😀'.repeat(12), undefined],
  ['😀'.repeat(200), undefined],
  ['e\u0308'.repeat(11), 'too_short'],
  ['ﷺ', 'too_short'],
  ['x'.repeat(1_000_000), 'too_long'],
  ['', 'required'],
  ['twelve chars\ud800', 'forbidden_characters'],
  ['  spaces count ', undefined],
  ['tab\tand\nnew line\0nul', undefined],
])('of new passwords %#: %s', (password, rule) => {
  expect(newPassword.safeParse(password).error?.issues[0]?.message).toBe(rule);
});

test('a limit runs so many at once, lets so many wait in their order, and refuses the rest', async () => {
  const enter = limitConcurrency(2, 2);
  const release: (() => void)[] = [];
  const order: number[] = [];
  const work = (n: number) =>
    enter(async () => {
      order.push(n);
      await new Promise<void>((done) => release.push(done));
    });
  const running = [work(1), work(2), work(3), work(4)];
  expect(await outcomeOf(work(5))).toBe('unavailable');
  expect(order).toEqual([1, 2]);
  release.shift()?.();
  await running[0];
  expect(order).toEqual([1, 2, 3]);
  while (release.length > 0) {
    release.shift()?.();
    await new Promise(setImmediate);
  }
  await Promise.all(running);
  expect(order).toEqual([1, 2, 3, 4]);
});

test('a limit lets others in after work that failed', async () => {
  const enter = limitConcurrency(1, 0);
  await expect(enter(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await enter(async () => 'in')).toBe('in');
});
