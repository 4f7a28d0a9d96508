import { expect, test } from 'vitest';
import { checkSession } from '@/lib/auth/sessions';
import { signIn } from '@/lib/auth/sign-in';
import { db } from '@/lib/db';
import { changePassword, endOtherSessions, updateProfile } from '@/lib/profile/commands';
import { listSessions } from '@/lib/profile/queries';
import { changePasswordInput, updateProfileInput } from '@/lib/profile/schema';
import { testDatabase } from '@/lib/testing/database';
import { createPerson, eventsOf, nowhere, outcomeOf, PASSWORD, signedIn } from '@/lib/testing/people';
import { createLink } from '@/lib/users/commands';
import { readLink } from '@/lib/users/links';

testDatabase();

const newPassword = 'plum-otter-sieve-17';

test('a new password ends every session, gives this browser a new one, and kills links that could set another', async () => {
  const [admin, member] = [await createPerson('admin'), await createPerson('member')];
  const elsewhere = await signedIn(member.userId);
  const { link } = await createLink(admin, { id: member.userId });
  const { sessionId } = await changePassword(member, { currentPassword: PASSWORD, newPassword });
  expect(await checkSession(member.sessionId, nowhere)).toBeNull();
  expect(await checkSession(elsewhere.sessionId, nowhere)).toBeNull();
  expect(await checkSession(sessionId, nowhere)).toMatchObject({ userId: member.userId });
  expect(await readLink(link.slice(-43))).toBeNull();
  expect(await signIn({ email: member.email, password: PASSWORD }, nowhere)).toBeNull();
  expect(await signIn({ email: member.email, password: newPassword }, nowhere)).not.toBeNull();
  expect((await eventsOf('user.password_changed')).map(({ actorId }) => actorId)).toEqual([member.userId]);
});

test('whoever borrowed a session guesses the current password ten times at most; right ones do not count', async () => {
  const member = await createPerson('member');
  const guess = (currentPassword: string) => outcomeOf(changePassword(member, { currentPassword, newPassword }));
  const outcomes = await Promise.all(Array.from({ length: 30 }, (_, n) => guess(`guess ${n}`)));
  expect(outcomes.filter((outcome) => outcome === 'wrong_password')).toHaveLength(10);
  expect(await guess(PASSWORD)).toBe('too_many_attempts');
  expect(await signIn({ email: member.email, password: PASSWORD }, nowhere)).not.toBeNull();
});

test('of ten changes at once, one is made', async () => {
  const member = await createPerson('member');
  const changes = Array.from({ length: 10 }, (_, n) =>
    outcomeOf(changePassword(member, { currentPassword: PASSWORD, newPassword: `${newPassword} ${n}` })),
  );
  expect((await Promise.all(changes)).filter((outcome) => outcome === 'ok')).toHaveLength(1);
  expect(await db().session.count({ where: { userId: member.userId } })).toBe(1);
});

test('a password that can be read off the account is refused', async () => {
  const member = await createPerson('member', { name: 'Grace Hopper' });
  expect(await outcomeOf(changePassword(member, { currentPassword: PASSWORD, newPassword: 'GraceHopper1!' }))).toBe('password_common');
});

test('signing out others leaves this browser alone', async () => {
  const member = await createPerson('member');
  const others = [await signedIn(member.userId), await signedIn(member.userId)];
  const stranger = await createPerson('member');
  expect((await listSessions(member)).map(({ current }) => current)).toEqual([true, false, false]);
  expect(await endOtherSessions(member)).toEqual({ ended: 2 });
  for (const { sessionId } of others) expect(await checkSession(sessionId, nowhere)).toBeNull();
  expect(await checkSession(stranger.sessionId, nowhere)).not.toBeNull();
  const rows = await listSessions(member);
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(member.sessionId);
});

test('people change their own name and preferences; only what changed is recorded', async () => {
  const member = await createPerson('member', { name: 'Before' });
  await updateProfile(member, updateProfileInput.parse({ name: ' After ', timeZone: 'Europe/Amsterdam', theme: 'system' }));
  await updateProfile(member, { name: 'After' });
  expect(await checkSession(member.sessionId, nowhere)).toMatchObject({
    name: 'After',
    timeZone: 'Europe/Amsterdam',
    theme: 'system',
    locale: null,
  });
  const events = (await eventsOf('user.updated')).filter(({ actorId }) => actorId === member.userId);
  expect(events.map(({ changes }) => changes)).toEqual([{ name: ['Before', 'After'], timeZone: [null, 'Europe/Amsterdam'] }]);
});

test.each([
  { role: 'admin' },
  { userId: 'x' },
  { email: 'a@example.org' },
  { timeZone: 'Mars/Olympus' },
  { timeZone: '+01:00' },
  { timeZone: '../../etc/passwd' },
  { theme: 'pink' },
  { locale: 'fr' },
  { name: '' },
  { name: '\u202e' },
])('refuses %j', (input) => {
  expect(updateProfileInput.safeParse(input).success).toBe(false);
});

test('every time zone of the list is accepted, UTC and null too', () => {
  for (const timeZone of ['UTC', null, ...Intl.supportedValuesOf('timeZone')])
    expect(updateProfileInput.safeParse({ timeZone }).success).toBe(true);
});

test('a current password may be shorter than new ones have to be', () => {
  expect(changePasswordInput.safeParse({ currentPassword: 'old', newPassword }).success).toBe(true);
  expect(changePasswordInput.safeParse({ currentPassword: 'old', newPassword: 'short' }).error?.issues[0]?.path).toEqual(['newPassword']);
});
