import { beforeEach, describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { testDatabase } from '@/lib/testing/database';
import { endingAfter, sealAll, testAccesses } from '@/lib/testing/ledger';
import { rollUpAll, writeAccesses } from '@/lib/testing/usage';
import { ADDRESSES_A_DAY, pruneUsage, rollUpUsage } from '@/lib/usage/roll-up';
import { EVERYTHING } from '@/lib/usage/schema';

const database = testDatabase();
const at = (text: string) => new Date(`2026-06-01T${text}Z`);

let token: string;
let owner: string;
beforeEach(() => {
  [token, owner] = [newId(Date.now()), newId(Date.now())];
});

const hoursOf = async (subjectId: string) =>
  (await db().usageHour.findMany({ where: { subjectId }, orderBy: [{ hour: 'asc' }, { reason: 'asc' }] })).map(
    ({ hour, reason, requests }) => [hour.toISOString().slice(11, 16), reason, Number(requests)],
  );

/** What the log says, without any roll-up. */
const SUM = `SELECT coalesce(sum(count), 0)::int AS sum FROM audit_event WHERE event IN ('token.used', 'token.refused')`;
const addedUp = async () => {
  const { _sum } = await db().usageHour.aggregate({ where: { subjectId: EVERYTHING }, _sum: { requests: true } });
  return Number(_sum.requests);
};
const logged = () => withClient(database.url, async (client) => (await client.query(SUM)).rows[0].sum as number);

describe('adding up', () => {
  test('counts each request for its token, for the token’s owner and in total, by the hour and the reason', async () => {
    await writeAccesses(
      { at: at('10:00:00.000'), tokenId: token, actorId: owner },
      { at: at('10:59:59.999'), tokenId: token, actorId: owner },
      { at: at('11:00:00.000'), tokenId: token, actorId: owner },
      { at: at('11:30:00.000'), tokenId: token, actorId: owner, reason: 'expired' },
    );
    await rollUpAll(database.url);
    const expected = [
      ['10:00', '', 2],
      ['11:00', '', 1],
      ['11:00', 'expired', 1],
    ];
    expect(await hoursOf(token)).toEqual(expected);
    expect(await hoursOf(owner)).toEqual(expected);
    expect(await hoursOf(EVERYTHING)).toEqual(expected);
    expect(await db().usageDay.findMany({ where: { tokenId: token } })).toEqual([
      { tokenId: token, day: new Date('2026-06-01'), requests: 4n, refused: 1n },
    ]);
  });

  test('counts a flood as often as it was, and what was never issued in total only', async () => {
    const before = await addedUp();
    await writeAccesses(
      { at: at('12:00:00.000'), reason: 'malformed', count: 4711 },
      { at: at('12:00:00.001'), tokenId: token, actorId: owner, reason: 'rate_limited', count: 300 },
    );
    await rollUpAll(database.url);
    expect(await addedUp()).toBe(before + 5011);
    expect(await hoursOf(token)).toEqual([['12:00', 'rate_limited', 300]]);
    expect(await db().usageHour.count({ where: { reason: 'malformed' } })).toBe(1);
  });

  test('takes no notice of operations', async () => {
    const id = newId(at('13:00:00.000'));
    const event = { id, at: at('13:00:00.000'), event: 'token.created', actorType: 'user', outcome: 'ok', tokenId: token } as const;
    await db().auditEvent.create({ data: event });
    await db().auditPending.create({ data: { leafId: id, lastId: id, events: 1 } });
    await rollUpAll(database.url);
    expect(await hoursOf(token)).toEqual([]);
  });

  test('knows scopes of what passed only, and the last time of each', async () => {
    await writeAccesses(
      { at: at('10:00:00.000'), tokenId: token, scopes: 'orders:read' },
      { at: at('10:00:01.000'), tokenId: token, scopes: 'orders:read orders:write' },
      { at: at('10:00:02.000'), tokenId: token, scopes: 'admin', reason: 'scope' },
      { at: at('10:00:03.000'), tokenId: token },
    );
    await rollUpAll(database.url);
    const rows = await db().usageScope.findMany({ where: { tokenId: token }, orderBy: { scope: 'asc' } });
    expect(rows.map(({ scope, requests, lastAt }) => [scope, Number(requests), lastAt])).toEqual([
      ['orders:read', 2, at('10:00:01.000')],
      ['orders:write', 1, at('10:00:01.000')],
    ]);
  });

  test('tells so many addresses apart on a day, those that passed first, and counts the others together', async () => {
    const flood = Array.from({ length: 90 }, (_, n) => ({ at: at('10:00:00.000'), tokenId: token, ip: `10.0.0.${n}`, reason: 'expired' }));
    await writeAccesses(...flood, { at: at('10:00:00.000'), tokenId: token, ip: '192.0.2.1' });
    await rollUpAll(database.url);
    await writeAccesses(
      { at: at('10:00:02.000'), tokenId: token, ip: '192.0.2.1' },
      { at: at('10:00:03.000'), tokenId: token, ip: '192.0.2.2' },
      { at: at('10:00:03.000'), tokenId: token, ip: null },
    );
    await rollUpAll(database.url);
    const rows = await db().usageAddress.findMany({ where: { tokenId: token } });
    expect(rows).toHaveLength(ADDRESSES_A_DAY + 1);
    expect(rows.reduce((sum, { requests }) => sum + requests, 0n)).toBe(94n);
    expect(rows.find(({ address }) => address === '192.0.2.1')).toMatchObject({ requests: 2n, refused: 0n, lastAt: at('10:00:02.000') });
    expect(rows.find(({ address }) => address === '*')).toMatchObject({ requests: 43n, refused: 41n });
  });
});

describe('each event counts once', () => {
  test('when the roll-up ends at whatever moment, and goes on elsewhere', async () => {
    const { pass } = testAccesses();
    for (let step = 1; step < 8; step++) {
      await pass(30);
      await sealAll();
      await withClient(database.url, (client) => rollUpUsage(endingAfter(client, step))).catch(() => {});
    }
    await rollUpAll(database.url);
    expect(await addedUp()).toBe(await logged());
  });

  test('when two add up at the same time', async () => {
    const { pass } = testAccesses();
    for (let n = 0; n < 5; n++) {
      await Promise.all([pass(50), pass(50)]);
      await sealAll();
      await Promise.all([1, 2, 3].map(() => withClient(database.url, rollUpUsage)));
    }
    await rollUpAll(database.url);
    expect(await addedUp()).toBe(await logged());
  });
});

test('old rows are taken away, those that pages show stay', async () => {
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000);
  await writeAccesses({ at: day(401), tokenId: token, scopes: 'a' });
  await writeAccesses({ at: day(191), tokenId: token, scopes: 'a' });
  await writeAccesses({ at: day(180), tokenId: token, scopes: 'a' });
  await rollUpAll(database.url);
  await withClient(database.url, async (client) => {
    while (await pruneUsage(client));
  });
  expect(await db().usageHour.count({ where: { subjectId: token } })).toBe(1);
  const where = { tokenId: token };
  expect(await Promise.all([db().usageDay.count({ where }), db().usageAddress.count({ where }), db().usageScope.count({ where })])).toEqual(
    [2, 2, 2],
  );
});
