import { describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import type { ErrorCode } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { changeAccess } from '@/lib/tokens/access';
import { changeExpiration, createToken, deleteToken, regenerateToken, renameToken } from '@/lib/tokens/commands';
import { extendGrace, finishGrace } from '@/lib/tokens/grace';
import type { Expiration } from '@/lib/tokens/schema';
import { digestSecret, isWellFormed } from '@/lib/tokens/secret';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';

const database = testDatabase();
const MISSING = '0195f3a0-0000-7000-8000-000000000001';
const never: Expiration = { kind: 'never' };

const refusal = (code: ErrorCode, field?: string) =>
  expect.objectContaining({ code, detail: expect.objectContaining(field ? { field } : {}) });

async function issue(owner: Actor, name: string, expiration: Expiration = never) {
  return createToken(owner, { name, description: '', expiration });
}

function at(milliseconds: number): Expiration {
  return { kind: 'at', at: new Date(Date.now() + milliseconds).toISOString() };
}

async function expire(id: string): Promise<void> {
  await db().token.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1000) } });
}

const tokenOf = (id: string) => db().token.findUniqueOrThrow({ where: { id }, include: { secrets: { orderBy: { createdAt: 'asc' } } } });

async function eventsOf(tokenId: string) {
  const events = await db().auditEvent.findMany({ where: { tokenId }, orderBy: { id: 'asc' } });
  return events.map(({ event, actorId, subjectId, changes }) => ({ event, actorId, subjectId, changes }));
}

describe('generate', () => {
  test('stores a digest and the hint, never the secret, and records it', async () => {
    const owner = await createActor();
    const { id, secret } = await createToken(owner, { name: 'CI', description: 'builds', expiration: { kind: 'days', days: 30 } });
    expect(isWellFormed(secret, 'lk')).toBe(true);
    const token = await tokenOf(id);
    expect(token.secrets).toHaveLength(1);
    expect(Buffer.from(token.secrets[0]?.digest ?? [])).toEqual(digestSecret(secret, runtime().keys).digest);
    expect(token.hint).toBe(`lk_…${secret.slice(-4)}`);
    expect(Number(token.expiresAt) - Number(token.createdAt)).toBe(30 * 86_400_000);
    const [event] = await db().auditEvent.findMany({ where: { tokenId: id } });
    expect(event).toMatchObject({
      event: 'token.created',
      actorType: 'user',
      actorId: owner.userId,
      subjectId: null,
      outcome: 'ok',
      ip: '192.0.2.1',
      userAgent: 'vitest',
      requestId: owner.origin.requestId,
      changes: { name: [null, 'CI'], description: [null, 'builds'], expiresAt: [null, token.expiresAt?.toISOString()] },
    });
    expect(event?.at).toEqual(token.createdAt);
    const stored = JSON.stringify([token, event], (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
    expect(stored).not.toContain(secret.slice(3, -6));
  });

  test('refuses a moment that has passed, by the database’s clock, and stores nothing', async () => {
    const owner = await createActor();
    await expect(issue(owner, 'CI', at(-1000))).rejects.toEqual(refusal('expiration_past', 'expiration'));
    await expect(issue(owner, 'CI', { kind: 'at', at: '0000-01-01T00:00:00Z' })).rejects.toEqual(refusal('expiration_past'));
    expect(await db().token.count({ where: { ownerId: owner.userId } })).toBe(0);
    expect(await db().auditEvent.count({ where: { actorId: owner.userId } })).toBe(0);
  });

  test('keeps the last moment of the year 9999 exactly', async () => {
    const owner = await createActor();
    const issued = await issue(owner, 'CI', { kind: 'at', at: '9999-12-31T23:59:59.999Z' });
    expect(issued.expiresAt).toBe('9999-12-31T23:59:59.999Z');
    expect((await tokenOf(issued.id)).expiresAt?.toISOString()).toBe('9999-12-31T23:59:59.999Z');
  });

  test('refuses a name that the owner has, in any case and any normal form; somebody else may have it', async () => {
    const owner = await createActor();
    await issue(owner, 'École');
    for (const name of ['École', 'ÉCOLE', 'école', 'E\u0301cole'.normalize('NFC')]) {
      await expect(issue(owner, name)).rejects.toEqual(refusal('name_taken', 'name'));
    }
    await issue(await createActor(), 'École');
    expect(await db().token.count({ where: { ownerId: owner.userId } })).toBe(1);
    expect(await db().auditEvent.count({ where: { actorId: owner.userId } })).toBe(1);
  });

  test('twenty at once with one name make one token', async () => {
    const owner = await createActor();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => issue(owner, 'Once')));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(refusal('name_taken', 'name'));
    expect(await db().token.count({ where: { ownerId: owner.userId } })).toBe(1);
  });
});

describe('rename', () => {
  test('changes the name and nothing else', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'before', at(3_600_000));
    const before = await tokenOf(id);
    await renameToken(owner, { id, name: 'After' });
    expect(await tokenOf(id)).toEqual({ ...before, name: 'After', nameKey: 'after' });
    expect((await eventsOf(id)).at(-1)).toEqual({
      event: 'token.renamed',
      actorId: owner.userId,
      subjectId: null,
      changes: { name: ['before', 'After'] },
    });
  });

  test('to the name that it has does nothing; to the same in another case renames', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    await renameToken(owner, { id, name: 'ci' });
    expect(await eventsOf(id)).toHaveLength(1);
    await renameToken(owner, { id, name: 'CI' });
    expect((await tokenOf(id)).name).toBe('CI');
  });

  test('refuses the name of another token of the owner', async () => {
    const owner = await createActor();
    await issue(owner, 'taken');
    const { id } = await issue(owner, 'free');
    await expect(renameToken(owner, { id, name: 'TAKEN' })).rejects.toEqual(refusal('name_taken', 'name'));
    expect((await tokenOf(id)).name).toBe('free');
    expect(await eventsOf(id)).toHaveLength(1);
  });

  test('by an administrator is recorded as theirs and as the owner’s concern', async () => {
    const [owner, admin] = [await createActor(), await createActor('admin')];
    const { id } = await issue(owner, 'ci');
    await renameToken(admin, { id, name: 'build' });
    expect((await eventsOf(id)).at(-1)).toMatchObject({ actorId: admin.userId, subjectId: owner.userId });
  });
});

describe('change the expiration', () => {
  test('sets, moves and removes it, and records before and after', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    const { expiresAt } = await changeExpiration(owner, { id, expiration: { kind: 'days', days: 7 } });
    await changeExpiration(owner, { id, expiration: never });
    expect((await tokenOf(id)).expiresAt).toBeNull();
    const changes = (await eventsOf(id)).slice(1).map((event) => event.changes);
    expect(changes).toEqual([{ expiresAt: [null, expiresAt] }, { expiresAt: [expiresAt, null] }]);
  });

  test('to the moment that it has records nothing', async () => {
    const owner = await createActor();
    const moment = at(3_600_000);
    const { id } = await issue(owner, 'ci', moment);
    await changeExpiration(owner, { id, expiration: moment });
    expect(await eventsOf(id)).toHaveLength(1);
  });

  test('refuses a moment that has passed', async () => {
    const owner = await createActor();
    const { id, expiresAt } = await issue(owner, 'ci', at(3_600_000));
    await expect(changeExpiration(owner, { id, expiration: at(-1) })).rejects.toEqual(refusal('expiration_past', 'expiration'));
    expect((await tokenOf(id)).expiresAt?.toISOString()).toBe(expiresAt);
  });

  test('brings an expired token back', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    await expire(id);
    await changeExpiration(owner, { id, expiration: never });
    expect((await tokenOf(id)).expiresAt).toBeNull();
  });
});

describe('regenerate', () => {
  test('keeps id, name and expiration; the old secret is superseded, the new one is live', async () => {
    const owner = await createActor();
    const first = await issue(owner, 'ci', at(3_600_000));
    const second = await regenerateToken(owner, { id: first.id, generation: 1 });
    expect(second).toMatchObject({ id: first.id, name: 'ci', expiresAt: first.expiresAt });
    expect(second.secret).not.toBe(first.secret);
    const token = await tokenOf(first.id);
    expect(token).toMatchObject({ generation: 2, hint: `lk_…${second.secret.slice(-4)}` });
    const live = token.secrets.filter((secret) => secret.supersededAt === null);
    expect(live.map((secret) => Buffer.from(secret.digest))).toEqual([digestSecret(second.secret, runtime().keys).digest]);
    expect(token.secrets).toHaveLength(2);
    expect((await eventsOf(first.id)).at(-1)).toMatchObject({
      event: 'token.regenerated',
      changes: { hint: [`lk_…${first.secret.slice(-4)}`, token.hint] },
    });
  });

  test('submitted twice acts once', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    const input = { id, generation: 1 };
    const results = await Promise.allSettled([regenerateToken(owner, input), regenerateToken(owner, input)]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(regenerateToken(owner, input)).rejects.toEqual(refusal('changed_meanwhile'));
    expect((await tokenOf(id)).generation).toBe(2);
  });

  test('fifty at once leave one live secret, which is the one that was told last', { timeout: 120_000 }, async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    const attempt = async () => {
      for (;;) {
        const { generation } = await tokenOf(id);
        try {
          return { generation, ...(await regenerateToken(owner, { id, generation })) };
        } catch (error) {
          expect(error).toEqual(refusal('changed_meanwhile'));
        }
      }
    };
    const told = await Promise.all(Array.from({ length: 50 }, attempt));
    const last = told.toSorted((a, b) => a.generation - b.generation).at(-1);
    const token = await tokenOf(id);
    expect(token.generation).toBe(51);
    const live = token.secrets.filter((secret) => secret.supersededAt === null);
    expect(live.map((secret) => Buffer.from(secret.digest))).toEqual([digestSecret(last?.secret ?? '', runtime().keys).digest]);
    expect(await eventsOf(id)).toHaveLength(51);
  });

  test('of an expired token asks for a new expiration, and takes one', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    await expire(id);
    await expect(regenerateToken(owner, { id, generation: 1 })).rejects.toEqual(refusal('expiration_required', 'expiration'));
    await expect(regenerateToken(owner, { id, generation: 1, expiration: at(-5) })).rejects.toEqual(refusal('expiration_past'));
    const { expiresAt } = await regenerateToken(owner, { id, generation: 1, expiration: { kind: 'days', days: 7 } });
    expect((await eventsOf(id)).at(-1)?.changes).toMatchObject({ expiresAt: [expect.any(String), expiresAt] });
  });

  test('by an administrator is refused: they would see a secret that is not their own', async () => {
    const [owner, admin] = [await createActor(), await createActor('admin')];
    const { id } = await issue(owner, 'ci');
    await expect(regenerateToken(admin, { id, generation: 1 })).rejects.toEqual(refusal('forbidden'));
    expect((await tokenOf(id)).generation).toBe(1);
  });
});

describe('delete', () => {
  test('leaves a tombstone with its secrets, and frees the name', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    await deleteToken(owner, { id, confirmName: ' ci ' });
    const tombstone = await tokenOf(id);
    expect(tombstone).toMatchObject({ name: 'ci', nameKey: null, deletedAt: expect.any(Date) });
    expect(tombstone.secrets).toHaveLength(1);
    expect((await eventsOf(id)).at(-1)).toMatchObject({ event: 'token.deleted', changes: { name: ['ci', null] } });
    const again = await issue(owner, 'CI');
    expect(again.id).not.toBe(id);
  });

  test.each(['', 'CI', 'c', 'ci2', '%', 'c_', 'x'.repeat(4000)])('with %j typed instead of the name is refused', async (confirmName) => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    await expect(deleteToken(owner, { id, confirmName })).rejects.toEqual(refusal('name_mismatch', 'confirmName'));
    expect((await tokenOf(id)).deletedAt).toBeNull();
  });

  test('cannot be undone by any command', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci');
    await deleteToken(owner, { id, confirmName: 'ci' });
    const before = await tokenOf(id);
    await expect(deleteToken(owner, { id, confirmName: 'ci' })).rejects.toEqual(refusal('not_found'));
    await expect(renameToken(owner, { id, name: 'x' })).rejects.toEqual(refusal('not_found'));
    await expect(changeExpiration(owner, { id, expiration: never })).rejects.toEqual(refusal('not_found'));
    await expect(regenerateToken(owner, { id, generation: 1 })).rejects.toEqual(refusal('not_found'));
    await expect(changeAccess(owner, { id, scopes: ['a'] })).rejects.toEqual(refusal('not_found'));
    await expect(suspendToken(owner, { id, reason: 'x' })).rejects.toEqual(refusal('not_found'));
    await expect(resumeToken(owner, { id })).rejects.toEqual(refusal('not_found'));
    await expect(finishGrace(owner, { id, generation: 1 })).rejects.toEqual(refusal('not_found'));
    expect(await tokenOf(id)).toEqual(before);
  });
});

test('an unknown id is not found, whatever is asked', async () => {
  const owner = await createActor('admin');
  await expect(renameToken(owner, { id: MISSING, name: 'x' })).rejects.toEqual(refusal('not_found'));
  await expect(changeExpiration(owner, { id: MISSING, expiration: never })).rejects.toEqual(refusal('not_found'));
  await expect(regenerateToken(owner, { id: MISSING, generation: 1 })).rejects.toEqual(refusal('not_found'));
  await expect(deleteToken(owner, { id: MISSING, confirmName: 'x' })).rejects.toEqual(refusal('not_found'));
  await expect(changeAccess(owner, { id: MISSING, scopes: [] })).rejects.toEqual(refusal('not_found'));
  await expect(suspendToken(owner, { id: MISSING, reason: 'x' })).rejects.toEqual(refusal('not_found'));
  await expect(resumeToken(owner, { id: MISSING })).rejects.toEqual(refusal('not_found'));
  await expect(finishGrace(owner, { id: MISSING, generation: 1 })).rejects.toEqual(refusal('not_found'));
  const until = new Date().toISOString();
  await expect(extendGrace(owner, { id: MISSING, generation: 1, until, graceSeconds: 60 })).rejects.toEqual(refusal('not_found'));
});

describe('an event that cannot be written', () => {
  const asOwner = (sql: string) => withClient(database.adminUrl, (client) => client.query(sql));

  test('stops its operation: nothing is changed and no secret is shown', async () => {
    const owner = await createActor();
    const { id } = await issue(owner, 'ci', at(3_600_000));
    const [before, events] = [await tokenOf(id), await eventsOf(id)];
    await asOwner('REVOKE INSERT ON audit_event FROM latchkey_app');
    try {
      await expect(issue(owner, 'other')).rejects.toThrow(/permission denied|denied access/i);
      await expect(renameToken(owner, { id, name: 'x' })).rejects.toThrow();
      await expect(changeExpiration(owner, { id, expiration: never })).rejects.toThrow();
      await expect(regenerateToken(owner, { id, generation: 1 })).rejects.toThrow();
      await expect(regenerateToken(owner, { id, generation: 1, graceSeconds: 60 })).rejects.toThrow();
      await expect(deleteToken(owner, { id, confirmName: 'ci' })).rejects.toThrow();
      await expect(changeAccess(owner, { id, scopes: ['a'], ipAllowList: ['::/0'] })).rejects.toThrow();
      await expect(suspendToken(owner, { id, reason: 'x' })).rejects.toThrow();
    } finally {
      await asOwner('GRANT INSERT ON audit_event TO latchkey_app');
    }
    expect(await tokenOf(id)).toEqual(before);
    expect(await eventsOf(id)).toEqual(events);
    expect(await db().token.count({ where: { ownerId: owner.userId } })).toBe(1);
  });
});
