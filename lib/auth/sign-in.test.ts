import { Client } from 'pg';
import { beforeEach, expect, test, vi } from 'vitest';
import { deviceOf, rememberDevice } from '@/lib/auth/device';
import { flushThrottled } from '@/lib/auth/refusals';
import { checkSession } from '@/lib/auth/sessions';
import { signIn } from '@/lib/auth/sign-in';
import { accountOf } from '@/lib/auth/throttle';
import { db } from '@/lib/db';
import { testDatabase } from '@/lib/testing/database';
import { createPerson, eventsOf, nowhere, outcomeOf, PASSWORD } from '@/lib/testing/people';

const work = vi.hoisted(() => ({ verified: 0 }));
// Not replaced, only counted: what takes time is what must not differ.
vi.mock('@node-rs/argon2', async (original) => {
  const argon2 = await original<typeof import('@node-rs/argon2')>();
  return {
    ...argon2,
    verify: (...args: Parameters<typeof argon2.verify>) => {
      work.verified++;
      return argon2.verify(...args);
    },
  };
});

testDatabase();
beforeEach(() => db().signInAttempt.deleteMany());

const from = (ip: string) => ({ ...nowhere, ip });

test('a sign-in opens a session with a new id each time, notes when, and is on record', async () => {
  const ada = await createPerson('member', { email: 'Ada@example.org' });
  const [one, two] = [
    await signIn({ email: ' ada@EXAMPLE.org ', password: PASSWORD }, nowhere),
    await signIn({ email: 'Ada@example.org', password: PASSWORD }, nowhere),
  ];
  expect(one?.sessionId).not.toBe(two?.sessionId);
  expect(await checkSession(one?.sessionId as string, nowhere)).toMatchObject({ userId: ada.userId, role: 'member', origin: nowhere });
  const [event] = await eventsOf('user.signed_in');
  expect(event).toMatchObject({ actorId: ada.userId, subjectId: null, outcome: 'ok', ip: nowhere.ip, requestId: nowhere.requestId });
  expect((await db().user.findUniqueOrThrow({ where: { id: ada.userId } })).lastSignInAt).not.toBeNull();
  expect(await db().signInAttempt.count()).toBe(0);
});

test('unknown, wrong, disabled and not yet set up get one answer; only the log tells them apart, without what was typed', async () => {
  const known = await createPerson('member', { email: 'known@example.org' });
  const out = await createPerson('member', { email: 'out@example.org' });
  await db().user.update({ where: { id: out.userId }, data: { disabledAt: new Date() } });
  const invited = await createPerson('member', { email: 'invited@example.org' });
  await db().user.update({ where: { id: invited.userId }, data: { passwordHash: null } });
  const tries = [
    { email: 'known@example.org', password: 'not the password' },
    { email: 'nobody-here@example.org', password: 'typed-secret-1234' },
    { email: 'out@example.org', password: PASSWORD },
    { email: 'invited@example.org', password: PASSWORD },
    { email: 'x'.repeat(100_000), password: 'y'.repeat(100_000) },
    { email: 'nul\0@example.org', password: '\ud800' },
    { email: 5, password: ['a'] },
    undefined,
  ];
  for (const given of tries) expect(await signIn(given, nowhere)).toBeNull();
  const events = await eventsOf('user.sign_in_failed');
  expect(events.map(({ reason, subjectId }) => [reason, subjectId])).toEqual([
    ['wrong_password', known.userId],
    ['unknown', null],
    ['disabled', out.userId],
    ['wrong_password', invited.userId],
    ['unknown', null],
    ['unknown', null],
    ['unknown', null],
    ['unknown', null],
  ]);
  expect(JSON.stringify(events)).not.toMatch(/nobody-here|typed-secret|not the password/);
  expect(new Set(events.map(({ outcome, actorId }) => `${outcome} ${actorId}`))).toEqual(new Set(['refused null']));
});

test('an unknown address costs the same work as a wrong password: one hash, the same statements', async () => {
  await createPerson('member', { email: 'timed@example.org' });
  const query = vi.spyOn(Client.prototype, 'query');
  const workOf = async (email: string, ip: string) => {
    query.mockClear();
    work.verified = 0;
    await signIn({ email, password: 'not the password' }, from(ip));
    const statements = query.mock.calls.map(([statement]) =>
      typeof statement === 'string' ? statement : (statement as { text: string }).text,
    );
    return { verified: work.verified, statements };
  };
  await workOf('warm-up@example.org', '192.0.2.8');
  const unknown = await workOf('nobody@example.org', '192.0.2.9');
  expect(unknown.verified).toBe(1);
  expect(unknown.statements.length).toBeGreaterThan(5);
  expect(await workOf('timed@example.org', '192.0.2.10')).toEqual(unknown);
  query.mockRestore();
});

test('a hundred parallel wrong guesses compare ten passwords; the owner gets in from elsewhere', async () => {
  await createPerson('member', { email: 'target@example.org' });
  work.verified = 0;
  const guess = (n: number) => outcomeOf(signIn({ email: 'target@example.org', password: `guess number ${n}` }, from('203.0.113.5')));
  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, n) => guess(n)));
  expect(work.verified).toBe(10);
  expect(outcomes.filter((outcome) => outcome === 'too_many_attempts')).toHaveLength(90);
  const right = { email: 'target@example.org', password: PASSWORD };
  expect(await outcomeOf(signIn(right, from('203.0.113.5')))).toBe('too_many_attempts');
  expect(await signIn(right, from('203.0.113.6'))).not.toBeNull();
});

test('at the guesser’s own address, a browser that the owner has used before still gets in', async () => {
  await createPerson('member', { email: 'shared@example.org' });
  for (let i = 0; i < 10; i++) await signIn({ email: 'shared@example.org', password: 'guess' }, from('203.0.113.9'));
  const account = accountOf('shared@example.org');
  const cookie = rememberDevice(undefined, account);
  expect(deviceOf(cookie, account)).toBeDefined();
  expect(await outcomeOf(signIn({ email: 'shared@example.org', password: PASSWORD }, from('203.0.113.9')))).toBe('too_many_attempts');
  expect(await signIn({ email: 'shared@example.org', password: PASSWORD }, from('203.0.113.9'), cookie)).not.toBeNull();
});

test('accounts that do not exist are throttled the same', async () => {
  const guess = () => outcomeOf(signIn({ email: 'ghost@example.org', password: 'guess' }, from('203.0.113.77')));
  const outcomes = [];
  for (let i = 0; i < 11; i++) outcomes.push(await guess());
  expect(outcomes).toEqual([...Array(10).fill('ok'), 'too_many_attempts']);
});

test('a flood of throttled tries is one event at once and one more with the exact count', async () => {
  const { userId } = await createPerson('member', { email: 'flooded@example.org' });
  for (let i = 0; i < 35; i++) await outcomeOf(signIn({ email: 'flooded@example.org', password: 'guess' }, from('203.0.113.99')));
  await flushThrottled();
  await flushThrottled();
  const events = (await eventsOf('user.sign_in_failed')).filter(({ subjectId }) => subjectId === userId);
  expect(events.map(({ reason, count }) => [reason, count])).toEqual([
    ...Array(10).fill(['wrong_password', 1]),
    ['throttled', 1],
    ['throttled', 24],
  ]);
});

test('who is disabled while their password is being checked does not come in', async () => {
  const { userId } = await createPerson('member', { email: 'leaving@example.org' });
  const entering = signIn({ email: 'leaving@example.org', password: PASSWORD }, nowhere);
  await db().user.update({ where: { id: userId }, data: { disabledAt: new Date() } });
  const session = await entering;
  // Whoever was first: afterwards no session of theirs is good.
  if (session) expect(await checkSession(session.sessionId, nowhere)).toBeNull();
  expect(await signIn({ email: 'leaving@example.org', password: PASSWORD }, nowhere)).toBeNull();
});
