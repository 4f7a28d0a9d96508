import { beforeAll, describe, expect, test } from 'vitest';
import { db, onCommit, pool } from '@/lib/db';
import { createGate } from '@/lib/gate/verify';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { testGates } from '@/lib/testing/gate';
import { changeAccess } from '@/lib/tokens/access';
import { createToken, deleteToken, regenerateToken } from '@/lib/tokens/commands';
import { extendGrace, finishGrace } from '@/lib/tokens/grace';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';

testDatabase();
const { serve, drained } = testGates();
let owner: Actor;
let urls: Record<'strict' | 'buffered', string>;
let names = 0;

async function serveAs(accessLog: 'strict' | 'buffered'): Promise<string> {
  const gate = createGate({ ...runtime(), env: { ...runtime().env, accessLog } }, pool());
  onCommit(gate.doubt);
  return serve(gate);
}

beforeAll(async () => {
  owner = await createActor();
  urls = { strict: await serveAs('strict'), buffered: await serveAs('buffered') };
});

/** A token that was regenerated: its old value and its new one. */
async function regenerated(graceSeconds: number, expiration: Parameters<typeof createToken>[1]['expiration'] = { kind: 'never' }) {
  const first = await createToken(owner, { name: `token ${++names}`, description: '', expiration });
  const second = await regenerateToken(owner, { id: first.id, generation: 1, graceSeconds });
  return { id: first.id, name: first.name, old: first.secret, live: second.secret, until: second.oldValueUntil ?? '' };
}

async function eventsOf(tokenId: string) {
  await drained();
  return db().auditEvent.findMany({ where: { tokenId, actorType: 'token' }, orderBy: { id: 'asc' } });
}

describe.each(['strict', 'buffered'] as const)('a value in its grace, with a %s log', (mode) => {
  const ask = (secret: string) => fetch(urls[mode], { headers: { 'x-api-key': secret } });
  const statuses = async (...secrets: string[]) => (await Promise.all(secrets.map(ask))).map(({ status }) => status);

  test('passes beside its successor, says when it stops, and is told apart in the log', async () => {
    const { id, old, live, until } = await regenerated(3600, { kind: 'days', days: 30 });
    for (const round of [1, 2]) {
      const answers = [await ask(old), await ask(live)];
      expect(
        answers.map(({ status }) => status),
        `round ${round}`,
      ).toEqual([200, 200]);
      expect(answers[0]?.headers.get('x-token-expires-at')).toBe(until);
      expect(Date.parse(answers[1]?.headers.get('x-token-expires-at') ?? '')).toBeGreaterThan(Date.parse(until));
      expect(answers.map(({ headers }) => headers.get('x-token-id'))).toEqual([id, id]);
    }
    const used = await eventsOf(id);
    expect(used.every(({ event }) => event === 'token.used')).toBe(true);
    expect(used.map(({ generation }) => String(generation)).toSorted()).toEqual(['1', '1', 'null', 'null']);
  });

  test('stops when its grace is finished, from the next request on, while the new one passes', async () => {
    const { id, old, live } = await regenerated(3600);
    expect(await statuses(old, live)).toEqual([200, 200]);
    await finishGrace(owner, { id, generation: 2 });
    expect(await statuses(old, live)).toEqual([401, 200]);
    expect((await eventsOf(id)).filter(({ outcome }) => outcome === 'refused')).toMatchObject([{ reason: 'superseded', generation: 1 }]);
  });

  test('stops by itself: no pass at or after its end, whatever is remembered of it', async () => {
    const { id, old, live, until } = await regenerated(2);
    const given: number[] = [];
    while (given.filter((status) => status === 401).length < 3) given.push(...(await statuses(old, old)));
    expect(given.indexOf(401)).toBeGreaterThan(2);
    expect(given.lastIndexOf(200)).toBeLessThanOrEqual(given.indexOf(401) + 1);
    expect(await statuses(live)).toEqual([200]);
    const uses = (await eventsOf(id)).filter(({ generation }) => generation !== null);
    const [passed, refused] = [uses.filter(({ outcome }) => outcome === 'ok'), uses.filter(({ outcome }) => outcome === 'refused')];
    expect(passed).toHaveLength(given.filter((status) => status === 200).length);
    for (const { at } of passed) expect(at.getTime()).toBeLessThan(Date.parse(until));
    for (const { at, reason } of refused) expect([at.getTime() >= Date.parse(until), reason]).toEqual([true, 'superseded']);
  });

  test('lives longer when it is extended', async () => {
    const { id, old, until } = await regenerated(3600);
    const extended = await extendGrace(owner, { id, generation: 2, until, graceSeconds: 7200 });
    expect((await ask(old)).headers.get('x-token-expires-at')).toBe(extended.until);
  });

  test('dies when the token is regenerated again; the values before stay recognisable by their number', async () => {
    const { id, old, live } = await regenerated(3600);
    expect(await statuses(old)).toEqual([200]);
    const third = await regenerateToken(owner, { id, generation: 2, graceSeconds: 3600 });
    expect(await statuses(old, live, third.secret)).toEqual([401, 200, 200]);
    const refused = (await eventsOf(id)).filter(({ reason }) => reason === 'superseded');
    expect(refused).toMatchObject([{ generation: 1 }]);
  });

  test('shares suspension, scopes and deletion with its successor', async () => {
    const { id, name, old, live } = await regenerated(3600);
    await suspendToken(owner, { id, reason: 'looking' });
    expect(await statuses(old, live)).toEqual([401, 401]);
    await resumeToken(owner, { id });
    expect(await statuses(old, live)).toEqual([200, 200]);
    await changeAccess(owner, { id, ipAllowList: ['192.0.2.0/24'] });
    expect(await statuses(old, live)).toEqual([403, 403]);
    await deleteToken(owner, { id, confirmName: name });
    expect(await statuses(old, live)).toEqual([401, 401]);
    const refused = (await eventsOf(id)).filter(({ reason }) => reason === 'deleted');
    expect(refused.map(({ generation }) => generation).toSorted()).toEqual([1, null]);
  });

  test('counts against the same limit', async () => {
    const { id, old, live } = await regenerated(3600);
    await changeAccess(owner, { id, limit: { requests: 2, windowSeconds: 86_400 } });
    expect(await statuses(old)).toEqual([200]);
    expect(await statuses(live)).toEqual([200]);
    expect(await statuses(old, live)).toEqual([429, 429]);
  });
});

test('without a grace the old value is refused from the commit on', async () => {
  const { id, old, live } = await regenerated(0);
  const statusOf = async (secret: string) => (await fetch(urls.strict, { headers: { 'x-api-key': secret } })).status;
  expect([await statusOf(old), await statusOf(live)]).toEqual([401, 200]);
  expect((await eventsOf(id)).filter(({ outcome }) => outcome === 'refused')).toMatchObject([{ reason: 'superseded', generation: 1 }]);
});
