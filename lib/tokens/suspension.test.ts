import { describe, expect, test } from 'vitest';
import { db } from '@/lib/db';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { outcomeOf } from '@/lib/testing/people';
import { changeAccess } from '@/lib/tokens/access';
import { changeExpiration, createToken, deleteToken, regenerateToken, renameToken } from '@/lib/tokens/commands';
import { getToken, listTokens } from '@/lib/tokens/queries';
import { tokenFilters } from '@/lib/tokens/schema';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';

testDatabase();

async function issue(owner: Actor, name = 'ci'): Promise<string> {
  return (await createToken(owner, { name, description: '', expiration: { kind: 'days', days: 30 } })).id;
}

async function suspended(owner: Actor): Promise<string> {
  const id = await issue(owner);
  await suspendToken(owner, { id, reason: 'Leaked in a log' });
  return id;
}

async function eventsOf(tokenId: string) {
  const events = await db().auditEvent.findMany({ where: { tokenId }, orderBy: { id: 'asc' } });
  return events.map(({ event, actorId, subjectId, changes }) => ({ event, actorId, subjectId, changes }));
}

async function expire(id: string): Promise<void> {
  await db().token.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1000) } });
}

describe('suspending', () => {
  test('by an administrator is not taken back by the owner, only by an administrator', async () => {
    const [owner, admin, other] = [await createActor(), await createActor('admin'), await createActor('admin')];
    const id = await issue(owner);
    await suspendToken(admin, { id, reason: 'Seen in a public repository' });
    expect(await outcomeOf(resumeToken(owner, { id }))).toBe('suspended_by_admin');
    expect(await getToken(owner, id)).toMatchObject({ status: 'suspended', suspendedReason: 'Seen in a public repository' });
    await resumeToken(other, { id });
    expect(await getToken(owner, id)).toMatchObject({ status: 'active' });
    await suspendToken(owner, { id, reason: 'Lost' });
    await resumeToken(owner, { id });
    expect(await getToken(owner, id)).toMatchObject({ status: 'active' });
  });

  test('says why, in the list and in the log; resuming takes it back', async () => {
    const owner = await createActor();
    const id = await suspended(owner);
    expect(await getToken(owner, id)).toMatchObject({
      status: 'suspended',
      suspendedAt: expect.any(String),
      suspendedReason: 'Leaked in a log',
    });
    await resumeToken(owner, { id });
    expect(await getToken(owner, id)).toMatchObject({ status: 'active', suspendedAt: null, suspendedReason: null });
    const [, ...events] = await eventsOf(id);
    const by = { actorId: owner.userId, subjectId: null };
    expect(events).toEqual([
      { ...by, event: 'token.suspended', changes: { suspendedReason: [null, 'Leaked in a log'] } },
      { ...by, event: 'token.resumed', changes: { suspendedReason: ['Leaked in a log', null] } },
    ]);
  });

  test('twice keeps the first reason; resuming what is not suspended is refused too', async () => {
    const owner = await createActor();
    const id = await suspended(owner);
    expect(await outcomeOf(suspendToken(owner, { id, reason: 'Another' }))).toBe('changed_meanwhile');
    expect((await getToken(owner, id)).suspendedReason).toBe('Leaked in a log');
    await resumeToken(owner, { id });
    expect(await outcomeOf(resumeToken(owner, { id }))).toBe('changed_meanwhile');
    expect(await eventsOf(id)).toHaveLength(3);
  });

  test('ten at once suspend once', async () => {
    const owner = await createActor();
    const id = await issue(owner);
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, n) => outcomeOf(suspendToken(owner, { id, reason: `${n}` }))));
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
    expect(await eventsOf(id)).toHaveLength(2);
  });

  test('by an administrator is recorded as theirs and as the owner’s concern', async () => {
    const [owner, admin] = [await createActor(), await createActor('admin')];
    const id = await issue(owner);
    await suspendToken(admin, { id, reason: 'Under review' });
    expect((await eventsOf(id)).at(-1)).toMatchObject({ actorId: admin.userId, subjectId: owner.userId });
  });
});

describe('a suspended token', () => {
  test('is renamed, re-dated, narrowed and deleted like any other, and stays suspended meanwhile', async () => {
    const owner = await createActor();
    const id = await suspended(owner);
    await renameToken(owner, { id, name: 'other' });
    await changeExpiration(owner, { id, expiration: { kind: 'never' } });
    await changeAccess(owner, { id, scopes: ['a'] });
    expect((await getToken(owner, id)).status).toBe('suspended');
    await deleteToken(owner, { id, confirmName: 'other' });
    expect((await getToken(owner, id)).status).toBe('deleted');
  });

  test('is regenerated and stays suspended, and the answer says so', async () => {
    const owner = await createActor();
    const id = await suspended(owner);
    expect(await regenerateToken(owner, { id, generation: 1 })).toMatchObject({ suspended: true });
    expect(await getToken(owner, id)).toMatchObject({ status: 'suspended', suspendedReason: 'Leaked in a log', generation: 2 });
    await resumeToken(owner, { id });
    expect(await regenerateToken(owner, { id, generation: 2 })).toMatchObject({ suspended: false });
  });

  test('that has expired is suspended first, and still known to have expired', async () => {
    const owner = await createActor();
    const id = await suspended(owner);
    await expire(id);
    expect(await getToken(owner, id)).toMatchObject({ status: 'suspended', isExpired: true });
    expect(await outcomeOf(regenerateToken(owner, { id, generation: 1 }))).toBe('expiration_required');
    await resumeToken(owner, { id });
    expect((await getToken(owner, id)).status).toBe('expired');
  });

  test('is found by its own status in the list, and by no other', async () => {
    const owner = await createActor();
    await expire(await suspended(owner));
    await issue(owner, 'live');
    const names = async (status: string) => {
      const { rows } = await listTokens(owner, owner.userId, tokenFilters.parse({ status }));
      return rows.map(({ name }) => name);
    };
    expect(await names('suspended')).toEqual(['ci']);
    expect(await names('expired')).toEqual([]);
    expect(await names('active')).toEqual(['live']);
    expect(await names('all')).toHaveLength(2);
  });
});
