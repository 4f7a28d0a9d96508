import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { getEventContext } from '@/lib/audit/context';
import { listAuditEvents } from '@/lib/audit/queries';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { createGate, type Gate } from '@/lib/gate/verify';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { testGates } from '@/lib/testing/gate';
import { changeAccess } from '@/lib/tokens/access';
import { bindToken, unbindToken } from '@/lib/tokens/binding';
import { changeExpiration, createToken, deleteToken, regenerateToken } from '@/lib/tokens/commands';
import { finishGrace } from '@/lib/tokens/grace';
import { bindTokenInput } from '@/lib/tokens/schema';
import { drawSecret } from '@/lib/tokens/secret';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';
import { disableUser, enableUser } from '@/lib/users/commands';

const database = testDatabase();
const { serve } = testGates();
let gate: Gate;
let url: string;
let names = 0;

beforeAll(async () => {
  gate = createGate(runtime(), pool());
  url = await serve(gate);
});

/** Shows a value to the gate, and gives the id of the event that it leaves. */
async function show(secret: string, query = ''): Promise<string> {
  const answer = await fetch(url + query, { headers: { 'x-api-key': secret } });
  await gate.drained();
  return answer.headers.get('x-request-id') ?? '';
}

async function issue(owner: Actor, access: { ipAllowList?: string[]; scopes?: string[] } = {}) {
  names++;
  return createToken(owner, { name: `Token ${names}`, description: '', expiration: { kind: 'never' }, ...access });
}

const failed = async (actor: Actor, id: string) => {
  const { refusal } = await getEventContext(actor, id);
  return refusal?.checks.find(({ result }) => result === 'failed')?.check;
};

describe('why a request was refused', () => {
  test('stays what it was whatever is done about it, and then says that it is over', async () => {
    const [owner, admin] = [await createActor(), await createActor('admin')];
    const token = await issue(owner, { ipAllowList: ['203.0.113.0/24'], scopes: ['a'] });
    const byAddress = await show(token.secret);
    await changeAccess(owner, { id: token.id, ipAllowList: [] });
    const byScope = await show(token.secret, '?scope=b');
    await changeAccess(owner, { id: token.id, scopes: ['a', 'b'], limit: { requests: 5, windowSeconds: 60 } });
    await suspendToken(owner, { id: token.id, reason: 'Under review' });
    const bySuspension = await show(token.secret);
    await resumeToken(owner, { id: token.id });
    await db().token.update({ where: { id: token.id }, data: { expiresAt: new Date() } });
    const byExpiration = await show(token.secret);
    await changeExpiration(owner, { id: token.id, expiration: { kind: 'days', days: 7 } });
    await disableUser(admin, { id: owner.userId });
    const byOwner = await show(token.secret);
    await enableUser(admin, { id: owner.userId });
    await regenerateToken(owner, { id: token.id, generation: 1 });
    const byValue = await show(token.secret);

    const seen = async (id: string) => (await getEventContext(owner, id)).refusal;
    const first = {
      scopes: ['a'],
      ipAllowList: ['203.0.113.0/24'],
      limitRequests: null,
      isSuspended: false,
      generation: 1,
      isDeleted: false,
    };
    expect(await seen(byAddress)).toMatchObject({ was: first, agrees: true, advice: { kind: 'over' } });
    expect(await seen(byScope)).toMatchObject({ was: { ...first, ipAllowList: [] }, agrees: true, advice: { kind: 'scope', missing: [] } });
    expect(await seen(bySuspension)).toMatchObject({
      was: { scopes: ['a', 'b'], limitRequests: 5, isSuspended: true, suspendedReason: 'Under review', generation: 1 },
      ...{ agrees: true, advice: { kind: 'over' } },
    });
    expect(await seen(byExpiration)).toMatchObject({
      was: { expiresAt: expect.any(String), isSuspended: false },
      agrees: true,
      advice: { kind: 'over' },
    });
    expect(await seen(byOwner)).toMatchObject({ was: { isOwnerDisabled: true, generation: 1 }, agrees: true, advice: { kind: 'over' } });
    expect(await seen(byValue)).toMatchObject({ was: { generation: 2 }, replacedAt: expect.any(String), advice: { kind: 'superseded' } });
    const reasons = await Promise.all([byAddress, byScope, bySuspension, byExpiration, byOwner, byValue].map((id) => failed(admin, id)));
    expect(reasons).toEqual(['address', 'scope', 'suspended', 'expired', 'owner_disabled', 'superseded']);

    await deleteToken(owner, { id: token.id, confirmName: token.name });
    expect(await seen(byAddress)).toMatchObject({ was: first, agrees: true, advice: { kind: 'gone' } });
    expect((await seen(await show(token.secret)))?.advice).toEqual({ kind: 'deleted' });
  });

  test('names the quota, the key and the grace of that moment, whatever they are today', async () => {
    const owner = await createActor();
    const token = await issue(owner, { ipAllowList: ['203.0.113.0/24'] });
    await changeAccess(owner, { id: token.id, quota: { requests: 100, period: 'month' } });
    const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const { thumbprint } = await bindToken(owner, bindTokenInput.parse({ id: token.id, publicKey, from: null }));
    const bound = await show(token.secret);
    await unbindToken(owner, { id: token.id, from: thumbprint });
    await regenerateToken(owner, { id: token.id, generation: 1, graceSeconds: 600 });
    const old = await db().tokenSecret.findFirstOrThrow({ where: { tokenId: token.id, generation: 1 } });
    const inGrace = await show(token.secret);
    await changeAccess(owner, { id: token.id, quota: null });
    await finishGrace(owner, { id: token.id, generation: 2 });
    const afterGrace = await show(token.secret);
    const seen = async (id: string) => (await getEventContext(owner, id)).refusal;
    const quota = { quotaRequests: 100, quotaPeriod: 'month' };
    expect(await seen(bound)).toMatchObject({ was: { ...quota, boundThumbprint: thumbprint, generation: 1 }, graceUntil: null });
    expect(await seen(inGrace)).toMatchObject({
      was: { ...quota, boundThumbprint: null, generation: 2 },
      graceUntil: old.validUntil?.toISOString(),
    });
    const ended = await seen(afterGrace);
    expect(ended).toMatchObject({ was: { quotaRequests: null, generation: 2 }, advice: { kind: 'superseded' } });
    expect(Date.parse(ended?.graceUntil ?? '')).toBeLessThan(Date.now());
  });

  test('does not pretend to know what the token was once the operations since then have been taken out of the log', async () => {
    const owner = await createActor();
    const token = await issue(owner, { ipAllowList: ['203.0.113.0/24'] });
    const refused = await show(token.secret);
    await changeAccess(owner, { id: token.id, ipAllowList: [] });
    const { at } = await db().auditEvent.findUniqueOrThrow({ where: { id: refused } });
    const prune = (kind: string, before: Date) =>
      withClient(database.adminUrl, (client) =>
        client.query(`INSERT INTO audit_prune (event_id, kind, before, events, leaves) VALUES (gen_random_uuid(), $1, $2, 1, '{[0,1)}')`, [
          kind,
          before,
        ]),
      );
    const seen = async () => (await getEventContext(owner, refused)).refusal;
    await prune('operation', at);
    await prune('access', new Date());
    expect(await seen()).toMatchObject({ was: { ipAllowList: ['203.0.113.0/24'] }, unknown: null });
    await prune('operation', new Date(at.getTime() + 1));
    // What would let it pass today can still be said.
    expect(await seen()).toMatchObject({ was: null, unknown: 'pruned', agrees: true, advice: { kind: 'over' } });
    await withClient(database.adminUrl, (client) => client.query('SET session_replication_role = replica; DELETE FROM audit_prune'));
  });

  test('names the address that would have to be let in, and the network around it', async () => {
    const owner = await createActor();
    const { secret } = await issue(owner, { ipAllowList: ['203.0.113.0/24'] });
    const { refusal } = await getEventContext(owner, await show(secret));
    expect(refusal?.advice).toEqual({ kind: 'address', address: '127.0.0.1', network: '127.0.0.0/24' });
  });

  test('is told of values that were never issued too, without a token', async () => {
    const auditor = await createActor('auditor');
    expect(await failed(auditor, await show('nonsense'))).toBe('malformed');
    const { refusal, around } = await getEventContext(auditor, await show(drawSecret('lk')));
    expect([refusal?.was, refusal?.advice, around]).toEqual([null, { kind: 'unknown' }, []]);
  });

  test('is not told of uses and operations, nor to whoever may not see the event', async () => {
    const [owner, other] = [await createActor(), await createActor()];
    const { secret, id } = await issue(owner, { ipAllowList: ['127.0.0.0/8'] });
    const used = await show(secret);
    expect((await getEventContext(owner, used)).refusal).toBeNull();
    await suspendToken(owner, { id, reason: 'because' });
    await expect(getEventContext(other, await show(secret))).rejects.toMatchObject({ code: 'not_found' });
    await expect(getEventContext(other, '0195f3a0-0000-7000-8000-000000000001')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('keeps a token to itself that has another owner by now', async () => {
    const [owner, next] = [await createActor(), await createActor()];
    const { secret, id } = await issue(owner, { ipAllowList: ['203.0.113.0/24'] });
    const refused = await show(secret);
    await db().token.update({ where: { id }, data: { ownerId: next.userId } });
    const { refusal, around } = await getEventContext(owner, refused);
    expect(refusal).toMatchObject({ was: null, advice: { kind: 'address' } });
    await expect(getEventContext(next, refused)).rejects.toMatchObject({ code: 'not_found' });
    expect(around.every((row) => row.actor?.id === owner.userId)).toBe(true);
  });
});

describe('what stands around an event', () => {
  test('is the rest of its request, and the events of its token on both sides', async () => {
    const owner = await createActor();
    const { id } = await issue(owner);
    for (const scope of ['a', 'b', 'c', 'd', 'e']) await changeAccess(owner, { id, scopes: [scope] });
    const { rows } = await listAuditEvents(owner, { token: id });
    const middle = rows[3];
    const context = await getEventContext(owner, middle?.id ?? '');
    expect(context.around.map((row) => row.id)).toEqual([0, 1, 2, 4, 5].map((place) => rows[place]?.id));
    // All of them bear the request id of this actor.
    expect(context.sameRequest.map((row) => row.id)).toEqual([0, 1, 2, 4, 5].map((place) => rows[place]?.id));
    expect(context.more).toBe(false);
    await changeAccess(owner, { id, scopes: [] });
    expect(await getEventContext(owner, middle?.id ?? '')).toMatchObject({ more: true, sameRequest: { length: 5 } });
  });

  test('is only what its reader may see', async () => {
    const [owner, admin] = [await createActor(), await createActor('admin')];
    const [{ id }, other] = [await issue(owner), await issue(await createActor())];
    await changeAccess(admin, { id, scopes: ['a'] });
    await changeAccess(admin, { id: other.id, scopes: ['a'] });
    const { rows } = await listAuditEvents(owner, { event: 'token.scopes_changed' });
    expect((await getEventContext(owner, rows[0]?.id ?? '')).sameRequest).toEqual([]);
    expect((await getEventContext(admin, rows[0]?.id ?? '')).sameRequest.map((row) => row.token?.id)).toEqual([other.id]);
  });
});
