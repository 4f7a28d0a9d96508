import { beforeAll, describe, expect, test } from 'vitest';
import { activitySql, auditActivity } from '@/lib/audit/activity';
import { barsFor, DAYS_KEPT, EVERYBODY } from '@/lib/audit/activity-bars';
import { pruneActivity, rollUpActivity } from '@/lib/audit/activity-roll-up';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, pool, transaction } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { endingAfter, sealAll, testAccesses } from '@/lib/testing/ledger';
import { rollUpAll, writeAccesses } from '@/lib/testing/usage';

const database = testDatabase();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);
const roll = () => rollUpAll(database.url, rollUpActivity);

const sumOf = (bars: { ok: number; refused: number }[] = []) => [
  bars.reduce((sum, { ok }) => sum + ok, 0),
  bars.reduce((sum, { refused }) => sum + refused, 0),
];

/** What the log says without a roll-up. */
async function scan(where = 'TRUE'): Promise<[number, number]> {
  const { rows } = await pool().query(
    `SELECT coalesce(sum(count) FILTER (WHERE outcome = 'ok'), 0)::int AS ok, coalesce(sum(count) FILTER (WHERE outcome = 'refused'), 0)::int AS refused
     FROM audit_event WHERE ${where}`,
  );
  return [rows[0].ok, rows[0].refused];
}

const addedUp = async (step: 1 | 60) => {
  const { _sum } = await db().auditActivity.aggregate({ where: { subjectId: EVERYBODY, step }, _sum: { ok: true, refused: true } });
  return [Number(_sum.ok), Number(_sum.refused)];
};

describe('the bars of the log', () => {
  let [auditor, one, other]: Actor[] = [];
  beforeAll(async () => {
    [auditor, one, other] = [await createActor('auditor'), await createActor(), await createActor()];
    const by = { tokenId: newId(Date.now()), actorId: one?.userId };
    await writeAccesses(
      { ...by, at: ago(0) },
      { ...by, at: ago(5 * HOUR), reason: 'rate_limited', count: 300 },
      { ...by, at: ago(3 * DAY) },
      { ...by, at: ago(20 * DAY), count: 2 },
      { at: ago(2 * HOUR), reason: 'unknown', count: 1000 },
    );
    await transaction((tx, now) => record(tx, now, other as Actor, { event: 'user.disabled', subjectId: one?.userId as string }));
    await roll();
  });

  test('follow kinds and groups of events, and say when there is more before them', async () => {
    const sums = async (filters: Parameters<typeof auditActivity>[1]) =>
      sumOf((await auditActivity(auditor as Actor, { within: 30 * DAY, ...filters }, 'UTC'))?.bars);
    const access = await sums({ kind: 'access' });
    const operation = await sums({ kind: 'operation' });
    const all = await sums({});
    expect(operation).toEqual(await scan(`event NOT IN ('token.used', 'token.refused')`));
    expect(access.map((n, at) => n + (operation[at] ?? 0))).toEqual(all);
    expect(await sums({ event: 'user.*' })).toEqual(await scan(`event LIKE 'user.%'`));
    expect(await sums({ event: 'token.*' })).toEqual(await scan(`event LIKE 'token.%'`));
    expect(await sums({ event: 'token.*', kind: 'operation' })).toEqual([0, 0]);
    const hasOlder = async (filters: Parameters<typeof auditActivity>[1]) => (await auditActivity(one as Actor, filters, 'UTC'))?.hasOlder;
    expect([await hasOlder({}), await hasOlder({ within: DAY }), await hasOlder({ from: new Date('2001-01-01') })]).toEqual([
      false,
      false,
      true,
    ]);
    expect(await hasOlder({ until: ago(2 * DAY) })).toBe(false);
    const start = new Date(Math.floor(Date.now() / HOUR) * HOUR - 60 * DAY);
    const veteran = await createActor();
    const row = { subjectId: veteran.userId, step: 60, start, event: 'user.signed_in', ok: 1, refused: 0 };
    await db().auditActivity.create({ data: row, select: { start: true } });
    expect((await auditActivity(veteran, {}, 'UTC'))?.hasOlder).toBe(true);
  });

  test('hold what a scan of the log finds, floods as often as they were', async () => {
    for (const within of [DAY, 7 * DAY, 30 * DAY]) {
      const activity = await auditActivity(auditor as Actor, { within }, 'Europe/Amsterdam');
      const since = activity?.bars[0]?.start;
      expect(sumOf(activity?.bars)).toEqual(await scan(`at >= '${since}'`));
    }
    expect(await addedUp(60)).toEqual(await scan());
    expect(await addedUp(1)).toEqual(await scan(`at >= clock_timestamp() - interval '3 days'`));
  });

  test('hold for members what their log holds, and nothing of what is not theirs', async () => {
    const own = await auditActivity(one as Actor, { within: 7 * DAY }, 'UTC');
    // Two uses, a flood, and what somebody else did about them.
    expect(sumOf(own?.bars)).toEqual([3, 300]);
    expect(sumOf((await auditActivity(other as Actor, { within: 7 * DAY }, 'UTC'))?.bars)).toEqual([1, 0]);
    expect(sumOf((await auditActivity(await createActor(), { within: 7 * DAY }, 'UTC'))?.bars)).toEqual([0, 0]);
  });

  test('know the event and the outcome', async () => {
    const sum = async (filters: object) => sumOf((await auditActivity(one as Actor, { within: 7 * DAY, ...filters }, 'UTC'))?.bars);
    expect(await sum({ event: 'user.disabled' })).toEqual([1, 0]);
    expect(await sum({ outcome: 'refused' })).toEqual([0, 300]);
    expect(await sum({ outcome: 'ok', event: 'token.used' })).toEqual([2, 0]);
  });

  test('say that the log has not been added up yet, and until when it has', async () => {
    const at = ago(60_000);
    await writeAccesses({ at });
    const late = await auditActivity(auditor as Actor, { within: HOUR }, 'UTC');
    expect(Math.abs(Date.parse(String(late?.behindSince)) - at.getTime())).toBeLessThan(2);
    await roll();
    expect(await auditActivity(auditor as Actor, { within: HOUR }, 'UTC')).toMatchObject({
      behindSince: null,
      isOpen: true,
      unit: 'minute',
    });
  });
});

describe('each event counts once', () => {
  test('when the roll-up ends at whatever moment, and goes on elsewhere', async () => {
    const { pass } = testAccesses();
    for (let step = 1; step < 8; step++) {
      await pass(30);
      await sealAll();
      await withClient(database.url, (client) => rollUpActivity(endingAfter(client, step))).catch(() => {});
    }
    await roll();
    expect(await addedUp(60)).toEqual(await scan());
  });

  test('when two add up at the same time', async () => {
    const { pass } = testAccesses();
    for (let n = 0; n < 5; n++) {
      await Promise.all([pass(50), pass(50)]);
      await sealAll();
      await Promise.all([1, 2, 3].map(() => withClient(database.url, rollUpActivity)));
    }
    await roll();
    expect(await addedUp(60)).toEqual(await scan());
  });
});

test('old rows are taken away, minutes before hours', async () => {
  const subjectId = newId(Date.now());
  const row = (step: number, days: number) => ({ subjectId, step, start: ago(days * DAY), event: 'token.used', ok: 1n, refused: 0n });
  await db().auditActivity.createMany({ data: [row(1, 2), row(1, 4), row(60, 4), row(60, DAYS_KEPT - 1), row(60, DAYS_KEPT + 1)] });
  await withClient(database.url, async (client) => {
    while (await pruneActivity(client));
  });
  expect(await db().auditActivity.groupBy({ by: 'step', where: { subjectId }, _count: true, orderBy: { step: 'asc' } })).toEqual([
    { step: 1, _count: 1 },
    { step: 60, _count: 2 },
  ]);
});

test('a page of a busy log reads stretches of one key, in under 20 ms', async () => {
  await withClient(database.adminUrl, async (client) => {
    // A month with uses and refusals in each minute and much else in each hour, for everybody and for fifty people.
    await client.query(
      `INSERT INTO audit_activity (subject_id, step, start, event, ok, refused)
       SELECT subject, step, start, 'event.' || kind, 5, 1
       FROM (SELECT gen_random_uuid() AS subject FROM generate_series(1, 50) UNION ALL SELECT $1::uuid) s,
            (SELECT 60 AS step, generate_series(date_trunc('hour', now()) - interval '30 days', now() - interval '1 hour', interval '1 hour') AS start
             UNION ALL SELECT 1, generate_series(date_trunc('minute', now()) - interval '2 days', now() - interval '1 minute', interval '1 minute')) t,
            generate_series(1, 6) AS kind WHERE kind < 3 OR step = 60 ORDER BY start`,
      [EVERYBODY],
    );
    await client.query('VACUUM ANALYZE audit_activity');
  });
  for (const within of [HOUR, DAY, 7 * DAY, 30 * DAY]) {
    const bars = barsFor({ within }, new Date(), 'Europe/Amsterdam');
    if (!bars) throw new Error('there are no bars');
    const { text, values } = activitySql(EVERYBODY, bars);
    const explain = async () => (await pool().query(`EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) ${text}`, values)).rows[0]['QUERY PLAN'];
    const plans = [await explain(), await explain(), await explain()];
    expect(JSON.stringify(plans)).toContain('"audit_activity_pkey"');
    expect(JSON.stringify(plans)).not.toContain('Seq Scan');
    // The best of three: others may want the machine too.
    expect(Math.min(...plans.map(([{ 'Execution Time': time }]) => time))).toBeLessThan(20);
  }
});
