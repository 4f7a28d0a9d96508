import { expect, test } from 'vitest';
import { ABSOLUTE_LIMIT, checkSession, endSession, IDLE_LIMIT, openSession } from '@/lib/auth/sessions';
import { signIn } from '@/lib/auth/sign-in';
import { db, transaction } from '@/lib/db';
import { testDatabase } from '@/lib/testing/database';
import { createPerson, eventsOf, nowhere, PASSWORD, signedIn } from '@/lib/testing/people';

testDatabase();

const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);

test('a session says what its user is now, not what they were when it began', async () => {
  const actor = await createPerson('member');
  await db().user.update({ where: { id: actor.userId }, data: { role: 'auditor', name: 'New name' } });
  expect(await checkSession(actor.sessionId, nowhere)).toEqual({ ...actor, role: 'auditor', name: 'New name' });
});

test('a session ends after its idle limit, its absolute limit, and with its user', async () => {
  const actor = await createPerson('member');
  const session = (data: object) => db().session.update({ where: { id: actor.sessionId }, data });
  await session({ lastSeenAt: ago(IDLE_LIMIT + 1000) });
  expect(await checkSession(actor.sessionId, nowhere)).toBeNull();
  await session({ lastSeenAt: ago(IDLE_LIMIT - 60_000) });
  expect(await checkSession(actor.sessionId, nowhere)).not.toBeNull();
  await session({ lastSeenAt: new Date(), expiresAt: ago(1000) });
  expect(await checkSession(actor.sessionId, nowhere)).toBeNull();
  await session({ expiresAt: new Date(Date.now() + ABSOLUTE_LIMIT) });
  await db().user.update({ where: { id: actor.userId }, data: { disabledAt: new Date() } });
  expect(await checkSession(actor.sessionId, nowhere)).toBeNull();
});

test('visits are noted at most once a minute', async () => {
  const actor = await createPerson('member');
  const seen = async () => (await db().session.findUniqueOrThrow({ where: { id: actor.sessionId } })).lastSeenAt.getTime();
  const first = await seen();
  await checkSession(actor.sessionId, nowhere);
  expect(await seen()).toBe(first);
  await db().session.update({ where: { id: actor.sessionId }, data: { lastSeenAt: ago(61_000) } });
  await checkSession(actor.sessionId, nowhere);
  expect(await seen()).toBeGreaterThanOrEqual(first);
});

test('a sign-out ends this session alone and is recorded once, however often it is sent', async () => {
  const actor = await createPerson('member');
  const other = await signedIn(actor.userId);
  await Promise.all([endSession(actor.sessionId, nowhere), endSession(actor.sessionId, nowhere), endSession(actor.sessionId, nowhere)]);
  expect(await checkSession(actor.sessionId, nowhere)).toBeNull();
  expect(await checkSession(other.sessionId, nowhere)).not.toBeNull();
  expect((await eventsOf('user.signed_out')).map(({ actorId }) => actorId)).toEqual([actor.userId]);
});

test('sessions that ran out do not pile up', async () => {
  const actor = await createPerson('member', { email: 'old@example.org' });
  await db().session.update({ where: { id: actor.sessionId }, data: { expiresAt: ago(1000) } });
  await transaction((tx, now) => openSession(tx, now, actor.userId, nowhere));
  await signIn({ email: 'old@example.org', password: PASSWORD }, nowhere);
  expect(await db().session.count({ where: { userId: actor.userId } })).toBe(2);
});
