import { beforeAll, describe, expect, test } from 'vitest';
import { db, onCommit, pool } from '@/lib/db';
import { type Limits, LocalLimits } from '@/lib/gate/limits';
import { createGate } from '@/lib/gate/verify';
import type { Actor } from '@/lib/permissions/permissions';
import { changePolicy } from '@/lib/policy/commands';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { testGates } from '@/lib/testing/gate';
import { changeAccess } from '@/lib/tokens/access';
import { createToken } from '@/lib/tokens/commands';
import { quotaUseOf } from '@/lib/tokens/queries';
import type { createTokenInput } from '@/lib/tokens/schema';
import { suspendToken } from '@/lib/tokens/suspension';

testDatabase();
const { serve, drained } = testGates();
let owner: Actor;
let url: string;
let buffered: string;
let names = 0;

/** Counts how often a bucket is asked, and while `before` is set answers as a store elsewhere does: later. */
const real = new LocalLimits();
const asked: string[] = [];
let before: (() => Promise<void>) | undefined;
const limits: Limits = {
  take(tokenId, limit) {
    asked.push(tokenId);
    return before ? before().then(() => real.take(tokenId, limit)) : real.take(tokenId, limit);
  },
};

beforeAll(async () => {
  owner = await createActor();
  url = await serve(createGate(runtime(), pool(), { limits }));
  const other = createGate({ ...runtime(), env: { ...runtime().env, accessLog: 'buffered' } }, pool(), { limits });
  onCommit(other.doubt);
  buffered = await serve(other);
});

type Window = NonNullable<ReturnType<typeof createTokenInput.parse>['limit']>['windowSeconds'];

function newToken(requests: number, windowSeconds: Window, access = {}) {
  const limit = { requests, windowSeconds };
  return createToken(owner, { name: `token ${++names}`, description: '', expiration: { kind: 'never' }, limit, ...access });
}

const ask = (secret: string, at = url, query = '') => fetch(at + query, { headers: { 'x-api-key': secret } });
const statusOf = async (secret: string, at = url, query = '') => (await ask(secret, at, query)).status;
const sum = (tokenId: string, event: string) =>
  db().auditEvent.aggregate({ where: { tokenId, event }, _sum: { count: true }, _count: true });

describe.each(['strict', 'buffered'])('a limit, with a %s log', (mode) => {
  const at = () => (mode === 'strict' ? url : buffered);

  test.each([1, 40])('of %i an hour lets exactly so many pass of many who come at once, and counts every refusal', async (requests) => {
    const token = await newToken(requests, 3600);
    const statuses = await Promise.all(Array.from({ length: requests + 60 }, () => statusOf(token.secret, at())));
    expect(statuses.filter((status) => status === 200)).toHaveLength(requests);
    expect(statuses.filter((status) => status === 429)).toHaveLength(60);
    expect(asked.filter((id) => id === token.id)).toHaveLength(requests + 60);
    await drained();
    expect(await sum(token.id, 'token.used')).toMatchObject({ _count: requests });
    const refused = await sum(token.id, 'token.refused');
    expect(refused._sum.count).toBe(60);
    expect(refused._count).toBeLessThan(30);
    const [event] = await db().auditEvent.findMany({ where: { tokenId: token.id, event: 'token.refused' }, take: 1 });
    expect(event).toMatchObject({ reason: 'rate_limited', actorId: owner.userId, ip: '127.0.0.1' });
  });

  test('says what is left of it, and when to come again', async () => {
    const token = await newToken(2, 60);
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await ask(token.secret, at()));
    const words = answers.map(({ status, headers }) => [
      status,
      ...['ratelimit-policy', 'ratelimit', 'retry-after'].map((h) => headers.get(h)),
    ]);
    expect(words).toEqual([
      [200, '"token";q=2;w=60', '"token";r=1;t=30', null],
      [200, '"token";q=2;w=60', '"token";r=0;t=30', null],
      [429, '"token";q=2;w=60', '"token";r=0;t=30', '30'],
    ]);
    expect(await answers[2]?.text()).toBe('{"error":"rate_limited"}');
    expect(answers[2]?.headers.get('x-token-id')).toBeNull();
    expect(answers[2]?.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('fills up again', async () => {
    const token = await newToken(1, 1);
    expect([await statusOf(token.secret, at()), await statusOf(token.secret, at())]).toEqual([200, 429]);
    await expect.poll(() => statusOf(token.secret, at()), { timeout: 5000 }).toBe(200);
  });

  test('holds as it was changed from the next request on, also when it is lifted', async () => {
    const token = await newToken(1, 86_400);
    const change = (limit: Parameters<typeof changeAccess>[1]['limit']) => changeAccess(owner, { id: token.id, limit });
    const statuses = async () => [
      await statusOf(token.secret, at()),
      await statusOf(token.secret, at()),
      await statusOf(token.secret, at()),
    ];
    expect(await statuses()).toEqual([200, 429, 429]);
    await change({ requests: 2, windowSeconds: 3600 });
    expect(await statuses()).toEqual([200, 200, 429]);
    await change(null);
    expect(await statuses()).toEqual([200, 200, 200]);
    expect((await ask(token.secret, at())).headers.get('ratelimit')).toBeNull();
    await change({ requests: 1, windowSeconds: 3600 });
    expect(await statuses()).toEqual([200, 429, 429]);
  });

  test('by default holds for tokens without one of their own, from the change of the policy on', async () => {
    const admin = await createActor('admin');
    const { secret } = await createToken(owner, { name: `token ${++names}`, description: '', expiration: { kind: 'never' } });
    const own = await newToken(3, 3600);
    const thrice = async (value: string) => [await statusOf(value, at()), await statusOf(value, at()), await statusOf(value, at())];
    expect(await thrice(secret)).toEqual([200, 200, 200]);
    await changePolicy(admin, { defaultLimit: { requests: 1, windowSeconds: 86_400 } });
    expect(await thrice(secret)).toEqual([200, 429, 429]);
    expect(await thrice(own.secret)).toEqual([200, 200, 200]);
    await changePolicy(admin, { defaultLimit: null });
    expect(await thrice(secret)).toEqual([200, 200, 200]);
  });

  test('a day as a quota holds beside it, says so in the same headers, and is lifted as it was set', async () => {
    const token = await newToken(100, 60, { quota: { requests: 2, period: 'day' } });
    const answers = [await ask(token.secret, at()), await ask(token.secret, at()), await ask(token.secret, at())];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"token";q=100;w=60, "quota";q=2;w=86400');
    expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"token";r=99;t=1, "quota";r=1;t=\d+$/);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await quotaUseOf(owner, token.id)).toMatchObject({ used: 2 });
    await changeAccess(owner, { id: token.id, quota: { requests: 3, period: 'day' } });
    expect([await statusOf(token.secret, at()), await statusOf(token.secret, at())]).toEqual([200, 429]);
    await changeAccess(owner, { id: token.id, quota: null });
    expect(await statusOf(token.secret, at())).toBe(200);
    expect(await quotaUseOf(owner, token.id)).toBeNull();
    const events = await db().auditEvent.findMany({ where: { tokenId: token.id, event: 'token.limit_changed' }, orderBy: { id: 'asc' } });
    expect(events.map(({ changes }) => changes)).toEqual([
      { quotaRequests: [2, 3], quotaPeriod: ['day', 'day'] },
      { quotaRequests: [3, null], quotaPeriod: ['day', null] },
    ]);
  });

  test('is not used up by what is refused for another reason', async () => {
    const token = await newToken(1, 86_400, { scopes: ['a'] });
    for (let n = 0; n < 5; n++) expect(await statusOf(token.secret, at(), '?scope=b')).toBe(403);
    const answer = await ask(token.secret, at(), '?scope=a');
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, '"token";r=0;t=86400']);
    // Over its limit and wrong besides: what is wrong with the request itself goes first.
    expect(await statusOf(token.secret, at(), '?scope=b')).toBe(403);
    expect(asked.filter((id) => id === token.id)).toHaveLength(1);
  });

  test('is asked once for a request that is judged twice because something changed meanwhile', async () => {
    const token = await newToken(10, 86_400);
    expect(await statusOf(token.secret, at())).toBe(200);
    before = async () => {
      before = undefined;
      await changeAccess(owner, { id: token.id, scopes: ['new'] });
    };
    const answer = await ask(token.secret, at());
    expect([answer.status, answer.headers.get('x-token-scopes'), answer.headers.get('ratelimit')]).toEqual([
      200,
      'new',
      expect.stringContaining(';r=8;'),
    ]);
    expect(asked.filter((id) => id === token.id)).toHaveLength(2);
  });

  test.each(['known', 'new here'])('lets nobody pass who was suspended while it was asked: a token that is %s', async (kind) => {
    const token = await newToken(10, 86_400);
    const other = await newToken(10, 86_400);
    if (kind === 'known') expect(await statusOf(token.secret, at())).toBe(200);
    before = async () => {
      before = undefined;
      await suspendToken(owner, { id: token.id, reason: 'leaked' });
      // Confirms the newer version: what was known of the first token is older than that.
      await statusOf(other.secret, at());
    };
    expect(await statusOf(token.secret, at())).toBe(401);
  });
});

test('a token without a limit is asked of nobody, and says nothing of limits', async () => {
  const token = await createToken(owner, { name: 'unlimited', description: '', expiration: { kind: 'never' } });
  const answer = await ask(token.secret);
  expect([answer.status, answer.headers.get('ratelimit-policy')]).toEqual([200, null]);
  expect(asked).not.toContain(token.id);
});
