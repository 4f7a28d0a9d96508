import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { db } from '@/lib/db';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { changeAccess } from '@/lib/tokens/access';
import { createToken, deleteToken } from '@/lib/tokens/commands';
import { accessChoices, getToken } from '@/lib/tokens/queries';
import type { createTokenInput } from '@/lib/tokens/schema';

testDatabase();

const OFFICE = '192.0.2.0/24';

async function issue(
  owner: Actor,
  access: Pick<z.infer<typeof createTokenInput>, 'scopes' | 'ipAllowList' | 'limit'> = {},
  name = 'ci',
): Promise<string> {
  return (await createToken(owner, { name, description: '', expiration: { kind: 'never' }, ...access })).id;
}

async function eventsOf(tokenId: string) {
  const events = await db().auditEvent.findMany({ where: { tokenId }, orderBy: { id: 'asc' } });
  return events.map(({ event, actorId, subjectId, changes }) => ({ event, actorId, subjectId, changes }));
}

const accessOf = async (owner: Actor, id: string) => {
  const { scopes, ipAllowList } = await getToken(owner, id);
  return { scopes, ipAllowList };
};

test('a token is generated with scopes and addresses, and the log has them', async () => {
  const owner = await createActor();
  const access = { scopes: ['a', 'b'], ipAllowList: [OFFICE] };
  const id = await issue(owner, access);
  expect(await accessOf(owner, id)).toEqual(access);
  expect((await eventsOf(id))[0]?.changes).toMatchObject({ scopes: [null, ['a', 'b']], ipAllowList: [null, [OFFICE]] });
  const plain = await issue(owner, {}, 'plain');
  expect(await accessOf(owner, plain)).toEqual({ scopes: [], ipAllowList: [] });
  expect((await eventsOf(plain))[0]?.changes).not.toHaveProperty('scopes');
});

describe('changing what a token may be used for, and from where', () => {
  test('is recorded as before and after, made narrower or wider, each list by itself', async () => {
    const owner = await createActor();
    const id = await issue(owner, { scopes: ['a', 'b'] });
    await changeAccess(owner, { id, scopes: ['a'] });
    await changeAccess(owner, { id, scopes: ['a', 'c'], ipAllowList: [OFFICE] });
    await changeAccess(owner, { id, ipAllowList: [] });
    const events = (await eventsOf(id)).slice(1);
    expect(events).toHaveLength(4);
    // The two of one change bear the same moment, and stand in either order.
    expect(new Set(events)).toEqual(
      new Set(
        [
          { event: 'token.scopes_changed', changes: { scopes: [['a', 'b'], ['a']] } },
          { event: 'token.scopes_changed', changes: { scopes: [['a'], ['a', 'c']] } },
          { event: 'token.addresses_changed', changes: { ipAllowList: [[], [OFFICE]] } },
          { event: 'token.addresses_changed', changes: { ipAllowList: [[OFFICE], []] } },
        ].map((event) => ({ ...event, actorId: owner.userId, subjectId: null })),
      ),
    );
    expect(await accessOf(owner, id)).toEqual({ scopes: ['a', 'c'], ipAllowList: [] });
  });

  test('to what it is does nothing, and what is left out stays', async () => {
    const owner = await createActor();
    const access = { scopes: ['a'], ipAllowList: [OFFICE] };
    const id = await issue(owner, access);
    await changeAccess(owner, { id, ...access });
    await changeAccess(owner, { id });
    expect(await accessOf(owner, id)).toEqual(access);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  test('by an administrator is recorded as theirs and as the owner’s concern', async () => {
    const [owner, admin] = [await createActor(), await createActor('admin')];
    const id = await issue(owner);
    await changeAccess(admin, { id, scopes: ['a'] });
    expect((await eventsOf(id)).at(-1)).toMatchObject({ actorId: admin.userId, subjectId: owner.userId });
  });

  test('twenty at once leave a chain of events in which each begins where the one before it ended', async () => {
    const owner = await createActor();
    const id = await issue(owner);
    await Promise.all(Array.from({ length: 20 }, (_, n) => changeAccess(owner, { id, scopes: [`s${n}`] })));
    const changes = (await eventsOf(id)).slice(1).map((event) => (event.changes as { scopes: [string[], string[]] }).scopes);
    const ends = new Map(changes.map(([before, after]) => [String(before), String(after)]));
    let at = '';
    for (let step = 0; step < 20; step++) at = ends.get(at) ?? 'broken';
    expect([at]).toEqual((await accessOf(owner, id)).scopes);
  });
});

describe('a limit', () => {
  const minute = { requests: 100, windowSeconds: 60 } as const;

  test('is chosen when a token is generated, changed and lifted; the log has each with before and after', async () => {
    const owner = await createActor();
    const id = await issue(owner, { limit: minute });
    expect((await getToken(owner, id)).limit).toEqual(minute);
    await changeAccess(owner, { id, limit: { requests: 100, windowSeconds: 3600 } });
    expect((await getToken(owner, id)).limit).toEqual({ requests: 100, windowSeconds: 3600 });
    await changeAccess(owner, { id, limit: null });
    expect((await getToken(owner, id)).limit).toBeNull();
    const [created, ...changed] = await eventsOf(id);
    expect(created?.changes).toMatchObject({ limitRequests: [null, 100], limitWindowSeconds: [null, 60] });
    expect(changed).toMatchObject([
      { event: 'token.limit_changed', changes: { limitRequests: [100, 100], limitWindowSeconds: [60, 3600] } },
      { event: 'token.limit_changed', changes: { limitRequests: [100, null], limitWindowSeconds: [3600, null] } },
    ]);
  });

  test('that is left out stays, and one that is the same is no change', async () => {
    const owner = await createActor();
    const id = await issue(owner, { limit: minute });
    await changeAccess(owner, { id, limit: minute });
    await changeAccess(owner, { id, scopes: ['a'] });
    expect((await getToken(owner, id)).limit).toEqual(minute);
    expect((await eventsOf(id)).map(({ event }) => event)).toEqual(['token.created', 'token.scopes_changed']);
    const plain = await issue(owner, {}, 'plain');
    expect((await getToken(owner, plain)).limit).toBeNull();
    expect((await eventsOf(plain))[0]?.changes).not.toHaveProperty('limitRequests');
  });
});

describe('what the fields offer', () => {
  test('is the scopes of the tokens that one may see, the commonest first, and one’s own address', async () => {
    const [owner, other, auditor] = [await createActor(), await createActor(), await createActor('auditor')];
    await issue(owner, { scopes: ['mine:rare', 'mine:usual'] });
    await issue(owner, { scopes: ['mine:usual'] }, 'second');
    const gone = await issue(owner, { scopes: ['mine:gone'] }, 'gone');
    await deleteToken(owner, { id: gone, confirmName: 'gone' });
    await issue(other, { scopes: ['theirs'] });
    expect(await accessChoices(owner)).toEqual({ scopes: ['mine:usual', 'mine:rare'], address: '192.0.2.1', defaultLimit: null });
    const { scopes } = await accessChoices(auditor);
    expect(scopes).toEqual(expect.arrayContaining(['mine:usual', 'theirs']));
    expect(scopes).not.toContain('mine:gone');
  });
});
