import { describe, expect, test } from 'vitest';
import { parseAuditQuery } from '@/lib/audit/filters';
import { EVENTS_PER_PAGE } from '@/lib/audit/keyset';
import { listAuditEvents } from '@/lib/audit/queries';
import { record } from '@/lib/audit/record';
import { type AuditRow, auditQuery, type EventName } from '@/lib/audit/schema';
import { countEvents, MOST_COUNTED, totalOf } from '@/lib/audit/totals';
import { withClient } from '@/lib/boot/roles';
import { db, pool, transaction } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken, renameToken } from '@/lib/tokens/commands';

const database = testDatabase();

type Access = { actorId: string; tokenId: string; ip?: string; reason?: string };

/** So many accesses, a millisecond apart. */
const use = (times: number, { reason, ...access }: Access) =>
  db().auditEvent.createMany({
    data: Array.from({ length: times }, (_, n) => {
      const at = new Date(Date.now() - n);
      const event: EventName = reason ? 'token.refused' : 'token.used';
      const outcome = reason ? ('refused' as const) : ('ok' as const);
      return { id: newId(at), at, event, actorType: 'token' as const, outcome, ip: '192.0.2.7', reason, ...access };
    }),
  });

// Where the figure matters and not the time: the machine may be busy.
const PATIENT = 10_000;

const issue = async (owner: Actor, name: string) => (await createToken(owner, { name, description: '', expiration: { kind: 'never' } })).id;

const filtersOf = (params: Record<string, string>) => parseAuditQuery(auditQuery.parse(params), 'UTC').filters;

async function total(actor: Actor, params: Record<string, string> = {}) {
  const filters = filtersOf(params);
  return totalOf(actor, filters, await listAuditEvents(actor, filters), PATIENT);
}

/** Every event that the pages show, one after the other. */
async function allPages(actor: Actor, params: Record<string, string>): Promise<AuditRow[]> {
  const { rows, olderCursor } = await listAuditEvents(actor, filtersOf(params));
  return olderCursor ? [...rows, ...(await allPages(actor, { ...params, cursor: olderCursor }))] : rows;
}

describe('the total of a view', () => {
  test('is what its pages hold, with each filter, for members and for auditors', async () => {
    const [member, other, auditor] = [await createActor(), await createActor(), await createActor('auditor')];
    const [mine, also, theirs] = [await issue(member, 'shop'), await issue(member, 'shop two'), await issue(other, 'shop')];
    await use(70, { actorId: member.userId, tokenId: mine });
    await use(60, { actorId: member.userId, tokenId: also, ip: '198.51.100.9', reason: 'address' });
    await use(90, { actorId: other.userId, tokenId: theirs, ip: '198.51.100.8' });
    await transaction((tx, now) => record(tx, now, other, { event: 'user.role_changed', subjectId: member.userId }));
    await renameToken(await createActor('admin'), { id: mine, name: 'renamed shop' });
    const views: Record<string, string>[] = [
      {},
      { event: 'token.used' },
      { event: 'token.renamed' },
      { actor: member.userId },
      { actor: other.userId },
      { actor: 'example.org' },
      { token: mine },
      { token: 'shop' },
      { token: 'shop', actor: 'example.org' },
      { q: 'shop' },
      { q: 'example.org', kind: 'operation' },
      { target: member.userId },
      { event: 'token.*' },
      { outcome: 'ok' },
      { outcome: 'refused' },
      { reason: 'address' },
      { reason: 'address', token: 'shop' },
      { ip: '198.51.100.9' },
      { ip: '198.51.100.0/24' },
      { request: member.origin.requestId ?? '' },
      { range: '1h' },
      { to: '2020-01-01' },
      { from: '2020-01-01', outcome: 'refused', token: 'shop two' },
    ];
    for (const actor of [member, auditor])
      for (const params of views) {
        const pages = await allPages(actor, params);
        expect(await total(actor, params), `${actor.role} ${JSON.stringify(params)}`).toEqual({ count: pages.length, more: false });
        expect(await countEvents(actor, filtersOf(params), PATIENT)).toEqual({ count: pages.length, more: false });
      }
    expect((await total(member))?.count, 'what concerns them only').toBe(70 + 60 + 4);
  });

  test('is of all pages, on whichever one is', async () => {
    const owner = await createActor();
    await use(120, { actorId: owner.userId, tokenId: await issue(owner, 'ci') });
    const { olderCursor } = await listAuditEvents(owner, {});
    expect(await total(owner, { cursor: olderCursor ?? '' })).toEqual({ count: 121, more: false });
  });

  test('is counted up to 10,000, and says that there are more', async () => {
    const owner = await createActor();
    const tokenId = await issue(owner, 'busy');
    await use(MOST_COUNTED, { actorId: owner.userId, tokenId });
    expect(await countEvents(owner, filtersOf({ event: 'token.used' }), PATIENT)).toEqual({ count: MOST_COUNTED, more: false });
    expect(await countEvents(owner, {}, PATIENT)).toEqual({ count: MOST_COUNTED, more: true });
  });

  test('that takes too long is none; the connection serves on as before', async () => {
    const owner = await createActor();
    await use(EVENTS_PER_PAGE + 1, { actorId: owner.userId, tokenId: await issue(owner, 'slow') });
    const page = await listAuditEvents(owner, {});
    await withClient(database.adminUrl, async (client) => {
      await client.query('BEGIN; LOCK TABLE audit_log.access IN ACCESS EXCLUSIVE MODE');
      const totals = await Promise.all([1, 2, 3, 4].map(() => totalOf(owner, {}, page)));
      expect(totals).toEqual([null, null, null, null]);
      await client.query('ROLLBACK');
    });
    expect(await total(owner)).toEqual({ count: EVENTS_PER_PAGE + 2, more: false });
    const settings = await Promise.all(Array.from({ length: 8 }, () => pool().query('SHOW statement_timeout')));
    expect(new Set(settings.map(({ rows }) => rows[0].statement_timeout)).size).toBe(1);
  });

  test('of filters that cannot be applied is none', async () => {
    const page = { rows: [], olderCursor: null, newerCursor: null, problems: { actor: 'too_many_people' as const } };
    expect(await totalOf(await createActor('auditor'), { actor: 'a' }, page)).toBeNull();
  });
});
