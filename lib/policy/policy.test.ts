import { expect, test } from 'vitest';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { changeLongestGrace, changePolicy, changeRetention } from '@/lib/policy/commands';
import { defaultLimit, getPolicy, getRetention, previewRetention } from '@/lib/policy/queries';
import { changeLongestGraceInput, changePolicyInput, changeRetentionInput } from '@/lib/policy/schema';
import { createActor, testDatabase } from '@/lib/testing/database';
import { eventsOf, outcomeOf } from '@/lib/testing/people';
import { accessChoices } from '@/lib/tokens/queries';

testDatabase();

const perMinute = { requests: 100, windowSeconds: 60 } as const;

test('a default limit is changed by administrators, with before and after in the log; what stays as it was is no event', async () => {
  const admin = await createActor('admin');
  expect(await getPolicy(admin)).toEqual({ defaultLimit: null, longestGraceHours: 24 });
  for (const defaultLimit of [perMinute, perMinute, { requests: 5, windowSeconds: 1 } as const, null])
    await changePolicy(admin, { defaultLimit });
  expect(await defaultLimit()).toBeNull();
  expect((await eventsOf('policy.changed')).map(({ changes }) => changes)).toEqual([
    { defaultLimitRequests: [null, 100], defaultLimitWindowSeconds: [null, 60] },
    { defaultLimitRequests: [100, 5], defaultLimitWindowSeconds: [60, 1] },
    { defaultLimitRequests: [5, null], defaultLimitWindowSeconds: [1, null] },
  ]);
});

test('auditors see the policy; members only the limit that holds for their tokens', async () => {
  const [member, auditor, admin] = await Promise.all((['member', 'auditor', 'admin'] as const).map((role) => createActor(role)));
  await changePolicy(admin as typeof member & {}, { defaultLimit: perMinute });
  const outcomes = await Promise.all(
    [member, auditor].flatMap((actor) =>
      actor ? [outcomeOf(getPolicy(actor)), outcomeOf(changePolicy(actor, { defaultLimit: null }))] : [],
    ),
  );
  expect(outcomes).toEqual(['not_found', 'not_found', 'ok', 'forbidden']);
  expect((await accessChoices(member as NonNullable<typeof member>)).defaultLimit).toEqual(perMinute);
});

test('ten changes at once leave a chain of events in which each begins where the one before it ended', async () => {
  const admin = await createActor('admin');
  await changePolicy(admin, { defaultLimit: null });
  const earlier = (await eventsOf('policy.changed')).length;
  await Promise.all([...Array(10).keys()].map((n) => changePolicy(admin, { defaultLimit: { requests: n + 1, windowSeconds: 60 } })));
  const chain = (await eventsOf('policy.changed'))
    .slice(earlier)
    .map(({ changes }) => (changes as Record<string, unknown[]>).defaultLimitRequests);
  expect(new Set(chain.map((pair) => pair?.[0])).size, 'each limit was replaced once').toBe(10);
});

test('what is no limit is refused', () => {
  for (const defaultLimit of [
    undefined,
    0,
    '100',
    { requests: 0, windowSeconds: 60 },
    { requests: 1.5, windowSeconds: 60 },
    { requests: 1, windowSeconds: 7 },
  ])
    expect(changePolicyInput.safeParse({ defaultLimit }).success).toBe(false);
  expect(changePolicyInput.safeParse({ defaultLimit: null, id: 2 }).success).toBe(false);
});

test('the longest grace is changed by administrators alone, with before and after in the log', async () => {
  const [member, auditor, admin] = [await createActor('member'), await createActor('auditor'), await createActor('admin')];
  const since = (await eventsOf('policy.changed')).length;
  for (const longestGraceHours of [8, 8, 0, 24]) await changeLongestGrace(admin, { longestGraceHours });
  expect((await eventsOf('policy.changed')).slice(since).map(({ changes }) => changes)).toEqual([
    { longestGraceHours: [24, 8] },
    { longestGraceHours: [8, 0] },
    { longestGraceHours: [0, 24] },
  ]);
  const tries = [member, auditor].map((actor) => outcomeOf(changeLongestGrace(actor, { longestGraceHours: 1 })));
  expect(await Promise.all(tries)).toEqual(['not_found', 'forbidden']);
  expect((await getPolicy(auditor)).longestGraceHours).toBe(24);
});

test('what is no number of hours of a day is refused', () => {
  for (const longestGraceHours of [undefined, null, -1, 1.5, '8', 25, Number.NaN])
    expect(changeLongestGraceInput.safeParse({ longestGraceHours }).success).toBe(false);
  for (const longestGraceHours of [0, 24]) expect(changeLongestGraceInput.safeParse({ longestGraceHours }).success).toBe(true);
});

test('how long the log is kept is changed by administrators alone, with before and after of what changed in the log', async () => {
  const [member, auditor, admin] = [await createActor('member'), await createActor('auditor'), await createActor('admin')];
  const since = (await eventsOf('policy.changed')).length;
  for (const kept of [
    { accesses: 12, operations: null },
    { accesses: 12, operations: null },
    { accesses: 6, operations: 84 },
  ])
    await changeRetention(admin, kept);
  expect(await getRetention(auditor)).toEqual({ accesses: 6, operations: 84 });
  expect((await eventsOf('policy.changed')).slice(since).map(({ changes }) => changes)).toEqual([
    { keepAccessesMonths: [null, 12] },
    { keepAccessesMonths: [12, 6], keepOperationsMonths: [null, 84] },
  ]);
  const kept = { accesses: 1, operations: null };
  const tries = [member, auditor].flatMap((actor) => [getRetention(actor), previewRetention(actor, kept), changeRetention(actor, kept)]);
  expect(await Promise.all(tries.map(outcomeOf))).toEqual(['not_found', 'not_found', 'not_found', 'ok', 'forbidden', 'forbidden']);
});

test('what a retention would take out is counted first, by kind, and nothing is taken out by asking', async () => {
  const admin = await createActor('admin');
  const old = new Date('2020-05-05Z');
  const event = (name: string) => ({ id: newId(old), at: old, event: name, actorType: 'token' as const, outcome: 'ok' as const });
  await db().auditEvent.createMany({ data: [event('token.used'), event('token.used'), event('token.renamed')] });
  const preview = await previewRetention(admin, { accesses: 12, operations: null });
  expect(preview).toMatchObject({ accesses: { events: 2, isMore: false }, operations: null });
  expect(preview.accesses?.before).toMatch(/-01T00:00:00.000Z$/);
  expect(await previewRetention(admin, { accesses: null, operations: 1 })).toMatchObject({ accesses: null, operations: { events: 1 } });
  expect(await previewRetention(admin, { accesses: 1200, operations: 1200 })).toEqual({ accesses: null, operations: null });
  expect(await db().auditEvent.count({ where: { at: old } })).toBe(3);
});

test('what is no number of months is refused', () => {
  for (const accesses of [undefined, 0, -1, 1.5, '12', 1201, Number.NaN])
    expect(changeRetentionInput.safeParse({ accesses, operations: null }).success).toBe(false);
  expect(changeRetentionInput.safeParse({ accesses: null, operations: 12 }).success).toBe(true);
});
