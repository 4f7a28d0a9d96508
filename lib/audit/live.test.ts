import { describe, expect, test } from 'vitest';
import { rollUpActivity } from '@/lib/audit/activity-roll-up';
import { listNewerEvents, liveFigures, liveSince } from '@/lib/audit/live';
import type { AuditFigures } from '@/lib/audit/schema';
import { auditQuery, type EventName } from '@/lib/audit/schema';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { rollUpAll, writeAccesses } from '@/lib/testing/usage';
import { changeAccess } from '@/lib/tokens/access';
import { createToken } from '@/lib/tokens/commands';

const database = testDatabase();

const look = (actor: Actor, since: string, params: Record<string, string> = {}) =>
  listNewerEvents(actor, auditQuery.parse(params), since, 'UTC');

const codes = async (actor: Actor, since: string, params?: Record<string, string>) =>
  (await look(actor, since, params)).rows.map((row) => row.event);

const issue = async (owner: Actor) => (await createToken(owner, { name: 'ci', description: '', expiration: { kind: 'never' } })).id;

/** An event that happened so many milliseconds ago. */
const write = (actor: Actor, ago: number, event: EventName = 'token.used', ip = '192.0.2.7') => {
  const at = new Date(Date.now() - ago);
  return db().auditEvent.create({ data: { id: newId(at), at, event, actorType: 'token', actorId: actor.userId, outcome: 'ok', ip } });
};

describe('what is new in the log', () => {
  test('is what came since, the newest first, and each look says from where the next goes on', async () => {
    const owner = await createActor();
    await write(owner, 60_000);
    const id = await issue(owner);
    const first = await look(owner, new Date(Date.now() - 30_000).toISOString());
    expect(first.rows.map((row) => row.event)).toEqual(['token.created']);
    await changeAccess(owner, { id, scopes: ['a'] });
    const second = await look(owner, first.asOf);
    expect(second.rows[0]?.event).toBe('token.scopes_changed');
    expect(second.asOf > first.asOf && !second.more).toBe(true);
  });

  test('has what was stored late: an event whose moment had passed when the log was looked at last', async () => {
    const owner = await createActor();
    const since = await liveSince();
    await write(owner, 1500);
    await write(owner, 5000);
    expect((await look(owner, since)).rows).toHaveLength(1);
  });

  test('is filtered as the page is, and is only what its reader may see', async () => {
    const [owner, other, auditor] = [await createActor(), await createActor(), await createActor('auditor')];
    const since = await liveSince();
    const id = await issue(owner);
    await write(owner, 0, 'token.used', '203.0.113.9');
    expect(await codes(owner, since, { event: 'token.created' })).toEqual(['token.created']);
    expect(await codes(owner, since, { ip: '203.0.113.0/24' })).toEqual(['token.used']);
    expect(await codes(auditor, since, { token: id })).toEqual(['token.created']);
    expect(await codes(owner, since, { range: '1h', cursor: 'nonsense' })).toHaveLength(2);
    expect(await codes(other, since)).toEqual([]);
    expect(await codes(other, since, { token: id })).toEqual([]);
  });

  test('is refused for filters that make no sense', async () => {
    const auditor = await createActor('auditor');
    const nonsense: Record<string, string>[] = [{ ip: '300.1.1.1' }, { from: '2026-02-30' }, { reason: 'nothing' }];
    for (const params of nonsense) await expect(look(auditor, await liveSince(), params)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('is at most 500 at once, the oldest of them, and says that there is more', async () => {
    const owner = await createActor();
    const since = await liveSince();
    const start = Date.now();
    await db().auditEvent.createMany({
      data: Array.from({ length: 600 }, (_, n) => ({
        ...{ id: newId(start + n), at: new Date(start + n), event: 'token.used', actorType: 'token' as const },
        ...{ actorId: owner.userId, outcome: 'ok' as const, ip: '192.0.2.7', requestId: String(n) },
      })),
    });
    const filters: Record<string, string>[] = [{}, { ip: '192.0.2.0/24' }];
    for (const params of filters) {
      const { rows, more } = await look(owner, since, params);
      expect([rows.length, rows[0]?.requestId, rows.at(-1)?.requestId, more]).toEqual([500, '499', '0', true]);
    }
  });
});

describe('the figures of a log that goes on', () => {
  const figures = (actor: Actor, params: Record<string, string> = {}) => liveFigures(actor, auditQuery.parse(params), 'UTC');
  const addedUp = async (actor: Actor) => {
    await rollUpAll(database.url, rollUpActivity);
    return figures(actor);
  };

  test('are those of now, filtered as the page is, and of what their reader may see', async () => {
    const [owner, other] = [await createActor(), await createActor()];
    const tokenId = await issue(owner);
    const before = await addedUp(owner);
    await writeAccesses(...Array.from({ length: 3 }, () => ({ at: new Date(), actorId: owner.userId, tokenId })));
    const after = await addedUp(owner);
    const okOf = ({ activity }: AuditFigures) => activity?.bars.reduce((sum, { ok }) => sum + ok, 0);
    expect([okOf(before), okOf(after)]).toEqual([1, 4]);
    // Counting has a tenth of a second, which a busy machine may not have at once.
    const total = (actor: Actor, params?: Record<string, string>) => expect.poll(async () => (await figures(actor, params)).total?.count);
    await total(owner).toBe(4);
    await total(owner, { event: 'token.used', cursor: 'nonsense' }).toBe(3);
    await total(other).toBe(0);
    expect(okOf(await figures(owner, { outcome: 'refused' }))).toBe(0);
    expect(okOf(await figures(other))).toBe(0);
    await expect(figures(owner, { ip: '300.1.1.1' })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});
