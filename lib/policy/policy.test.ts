import { expect, test } from 'vitest';
import { changePolicy } from '@/lib/policy/commands';
import { defaultLimit, getPolicy } from '@/lib/policy/queries';
import { changePolicyInput } from '@/lib/policy/schema';
import { createActor, testDatabase } from '@/lib/testing/database';
import { eventsOf, outcomeOf } from '@/lib/testing/people';
import { accessChoices } from '@/lib/tokens/queries';

testDatabase();

const perMinute = { requests: 100, windowSeconds: 60 } as const;

test('a default limit is changed by administrators, with before and after in the log; what stays as it was is no event', async () => {
  const admin = await createActor('admin');
  expect(await getPolicy(admin)).toEqual({ defaultLimit: null });
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
