import { expect, test } from 'vitest';
import { checkSession } from '@/lib/auth/sessions';
import { signIn } from '@/lib/auth/sign-in';
import { db } from '@/lib/db';
import { testDatabase } from '@/lib/testing/database';
import { createPerson, eventsOf, nowhere, outcomeOf } from '@/lib/testing/people';
import { addUser, createLink } from '@/lib/users/commands';
import { readLink, setPassword } from '@/lib/users/links';

testDatabase();

const codeOf = ({ link }: { link: string }) => new URL(link).searchParams.get('code') as string;
const password = 'plum-otter-sieve-17';

test('the link of a new user sets their password, once, and they sign in with it', async () => {
  const admin = await createPerson('admin');
  const added = await addUser(admin, { name: 'Grace', email: 'grace@example.org', role: 'member' });
  expect(await readLink(codeOf(added))).toEqual({ id: added.id, name: 'Grace', email: 'grace@example.org' });
  expect(await setPassword(nowhere, { code: codeOf(added), password })).toEqual({ email: 'grace@example.org' });
  expect(await signIn({ email: 'grace@example.org', password }, nowhere)).not.toBeNull();
  expect(await readLink(codeOf(added))).toBeNull();
  expect(await outcomeOf(setPassword(nowhere, { code: codeOf(added), password }))).toBe('link_invalid');
  expect((await eventsOf('user.password_changed')).map(({ actorId }) => actorId)).toEqual([added.id]);
});

test('of twenty who use a link at once, one sets the password', async () => {
  const admin = await createPerson('admin');
  const added = await addUser(admin, { name: 'Race', email: 'race@example.org', role: 'member' });
  const tries = Array.from({ length: 20 }, (_, n) =>
    outcomeOf(setPassword(nowhere, { code: codeOf(added), password: `${password} ${n}` })),
  );
  expect((await Promise.all(tries)).sort()).toEqual([...Array(19).fill('link_invalid'), 'ok']);
  expect((await eventsOf('user.password_changed')).filter(({ actorId }) => actorId === added.id)).toHaveLength(1);
});

test('a new link replaces the old one, is on record, and its use ends every session', async () => {
  const [admin, member] = [await createPerson('admin'), await createPerson('member')];
  const [first, second] = [await createLink(admin, { id: member.userId }), await createLink(admin, { id: member.userId })];
  expect(await readLink(codeOf(first))).toBeNull();
  await setPassword(nowhere, { code: codeOf(second), password });
  expect(await checkSession(member.sessionId, nowhere)).toBeNull();
  expect(await signIn({ email: member.email, password }, nowhere)).not.toBeNull();
  expect((await eventsOf('user.link_created')).map(({ actorId, subjectId }) => [actorId, subjectId])).toEqual(
    Array(2).fill([admin.userId, member.userId]),
  );
});

test('a link runs out after 72 hours', async () => {
  const [admin, member] = [await createPerson('admin'), await createPerson('member')];
  const link = await createLink(admin, { id: member.userId });
  await db().passwordLink.updateMany({ where: { userId: member.userId }, data: { expiresAt: new Date(Date.now() - 1000) } });
  expect(await readLink(codeOf(link))).toBeNull();
  expect(await outcomeOf(setPassword(nowhere, { code: codeOf(link), password }))).toBe('link_invalid');
});

test('a common password does not use the link up', async () => {
  const admin = await createPerson('admin');
  const added = await addUser(admin, { name: 'Grace', email: 'weak@example.org', role: 'member' });
  expect(await outcomeOf(setPassword(nowhere, { code: codeOf(added), password: 'Password1234' }))).toBe('password_common');
  expect(await outcomeOf(setPassword(nowhere, { code: codeOf(added), password }))).toBe('ok');
});

test.each(['', 'x', 'a'.repeat(43), '\0', '\ud800'])('%j is no link', async (code) => {
  expect(await readLink(code)).toBeNull();
});
