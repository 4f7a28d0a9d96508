import { beforeAll, describe, expect, test } from 'vitest';
import { loadAudit, loadedId } from '@/bench/load-audit';
import { keysetSql, type ResolvedFilters } from '@/lib/audit/keyset';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { newId } from '@/lib/id';
import { createActor, testDatabase } from '@/lib/testing/database';

const database = testDatabase();
const EVENTS = 60_000;

beforeAll(async () => {
  const until = new Date();
  await withClient(database.adminUrl, (client) => loadAudit(client, { events: EVENTS, tokens: 100, users: 50, days: 30, until }));
}, 120_000);

type Plan = { 'Index Name'?: string; 'Shared Hit Blocks': number; 'Shared Read Blocks': number; Plans?: Plan[] };

/** The indexes that a page of the log is read by, without the month, and how many of the database's pages that takes. */
async function read(filters: ResolvedFilters): Promise<{ indexes: string[]; pages: number }> {
  const { text, values } = keysetSql(await createActor('auditor'), filters);
  const { rows } = await pool().query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (!plan) throw new Error('there is no plan');
  const indexes = indexesOf(plan).map((name) => name.replace(/_(\d{4}_\d\d|early|late)_/, '.'));
  return { indexes: [...new Set(indexes)].toSorted(), pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] };
}

const indexesOf = (plan: Plan): string[] => [plan['Index Name'] ?? [], ...(plan.Plans ?? []).map(indexesOf)].flat();

describe('a page of the log', () => {
  test.each(['expired', 'owner_disabled', 'wrong_password'] as const)(
    'of the reason %s is read by its index, however deep',
    async (reason) => {
      const cursor = { id: newId(Date.now() - 20 * 86_400_000), newer: false };
      for (const filters of [{ reason }, { reason, cursor }]) {
        const { indexes, pages } = await read(filters);
        expect(indexes.filter((name) => name.startsWith('access'))).toEqual(reason === 'wrong_password' ? [] : ['access.reason_id_idx']);
        expect(pages).toBeLessThan(120);
      }
    },
  );

  test('of what somebody or a token was refused for is read by an index of both', async () => {
    const [actorIds, tokenIds] = [[loadedId('user', 5)], [loadedId('token', 5)]];
    expect(await read({ reason: 'expired', actorIds })).toMatchObject({ indexes: ['access.actor_id_reason_id_idx'] });
    expect(await read({ reason: 'expired', tokenIds })).toMatchObject({ indexes: ['access.token_id_reason_id_idx'] });
  });

  test('of a range of addresses that hardly anybody was refused from is not read by all that were', async () => {
    const old = Date.now() - 40 * 86_400_000;
    const one = { event: 'token.refused', actorType: 'token', outcome: 'refused', reason: 'malformed', ip: '198.51.100.7' } as const;
    await db().auditEvent.createMany({
      data: Array.from({ length: 4000 }, (_, n) => ({ ...one, id: newId(old + n), at: new Date(old + n) })),
    });
    await withClient(database.adminUrl, (client) => client.query('ANALYZE audit_log.access'));
    for (const filters of [{ outcome: 'refused' }, { event: 'token.refused' }, { reason: 'malformed' }] as const) {
      const { indexes } = await read({ ...filters, ip: '192.0.2.0/24' });
      expect(indexes).toContain('access.ip_id_idx1'); // of those that were refused
    }
  });

  test('of a reason that nobody was refused for costs nothing', async () => {
    expect((await read({ reason: 'replayed' })).pages).toBeLessThan(10);
    expect((await read({ reason: 'replayed', ip: '10.0.0.0/8', outcome: 'refused' })).pages).toBeLessThan(10);
  });

  test('of what was done to somebody is read by an index of operations alone', async () => {
    expect(await read({ targetIds: [loadedId('user', 5)] })).toMatchObject({ indexes: ['operation.subject_id_id_idx'] });
    const { indexes, pages } = await read({ targetIds: [5, 6, 7].map((n) => loadedId('user', n)) });
    expect(indexes).toEqual(['operation.subject_id_id_idx']);
    expect(pages).toBeLessThan(500);
  });

  test('of what Latchkey did by itself is read by an index that has nothing else', async () => {
    const { indexes, pages } = await read({ bySystem: true });
    expect(indexes).toEqual(['operation.id_idx1']);
    expect(pages).toBeLessThan(10);
  });

  test('of operations, or of what somebody or a token has to do with in any way, is not read from end to end', async () => {
    for (const filters of [
      { kind: 'operation' },
      { event: 'user.*' },
      { event: 'policy.*' },
      { kind: 'operation', event: 'token.*' },
      { either: { userIds: [loadedId('user', 5)], tokenIds: [] } },
      { either: { userIds: [], tokenIds: [loadedId('token', 5), loadedId('token', 6)] } },
      { either: { userIds: [loadedId('user', 5), loadedId('user', 6)], tokenIds: [loadedId('token', 5)] } },
    ] satisfies ResolvedFilters[])
      expect((await read(filters)).pages, JSON.stringify(filters)).toBeLessThan(1200);
  });

  test('of one request is read by the ids that it has', async () => {
    for (const request of [newId(Date.now()), 'nobody-made-this-up', loadedId('token', 1)]) {
      const { indexes, pages } = await read({ request });
      expect(indexes).toEqual(['access.pkey', 'operation.pkey', 'operation.request_id_id_idx']);
      expect(pages).toBeLessThan(20);
    }
    expect((await read({ request: newId(Date.now()), tokenIds: [loadedId('token', 1)], ip: '10.0.0.0/8' })).pages).toBeLessThan(20);
  });
});
