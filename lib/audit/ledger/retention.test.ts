import pino from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { exportPieces } from '@/lib/audit/export-pieces';
import { canonicalSql } from '@/lib/audit/ledger/canonical';
import { makeMonths, pruneLog } from '@/lib/audit/ledger/retention';
import { type Verification, verifyLedger } from '@/lib/audit/ledger/verify';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, pool, transaction } from '@/lib/db';
import { type Row, storeRows } from '@/lib/gate/access-rows';
import { newId } from '@/lib/id';
import { testDatabase } from '@/lib/testing/database';
import { sealAll, testSigner } from '@/lib/testing/ledger';
import { eventsOf } from '@/lib/testing/people';

const database = testDatabase();
const admin = (sql: string, values: unknown[] = []) => withClient(database.adminUrl, (client) => client.query(sql, values));
const DAY = 86_400_000;

/** The first moment of the month (UTC) that lies so many months back. */
function monthsAgo(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
}

const access = (at: Date): Row => ({
  id: newId(at),
  at: at.getTime(),
  tokenId: newId(at),
  ownerId: null,
  generation: null,
  reason: null,
  ip: null,
  userAgent: null,
  subject: null,
  scopes: null,
  count: 1,
});

const accesses = (...moments: Date[]) => storeRows(pool(), moments.map(access));
const operation = (at: Date) => transaction((tx) => record(tx, at, 'system', { event: 'user.updated' }));
const inMonth = (months: number, day = 3) => new Date(monthsAgo(months).getTime() + day * DAY);
const count = async (kind: 'access' | 'operation', before: Date) =>
  (
    await admin(`SELECT count(*)::int AS n FROM audit_event WHERE (event LIKE 'token.%ed') = $1 AND event <> 'audit.pruned' AND at < $2`, [
      kind === 'access',
      before,
    ])
  ).rows[0].n;

/** What administrators have set, long enough ago. */
const keep = (accessMonths: number | null, operationMonths: number | null, since = 40) =>
  admin(`UPDATE policy SET keep_accesses_months = $1, keep_operations_months = $2, retention_changed_at = now() - $3 * interval '1 day'`, [
    accessMonths,
    operationMonths,
    since,
  ]);

/** Runs `sql` as the application's role, in one transaction with the event of a change; `sealed`: it waits for its seal. */
const asApplication = (sql: string, changes: object | undefined, sealed = true) =>
  withClient(database.url, async (client) => {
    await client.query('BEGIN');
    await client.query(sql);
    if (changes) {
      const id = newId(Date.now());
      await client.query(
        `INSERT INTO audit_event (id, at, event, actor_type, outcome, changes) VALUES ($1, now(), 'policy.changed', 'system', 'ok', $2)`,
        [id, changes],
      );
      if (sealed) await client.query('INSERT INTO audit_pending (leaf_id, last_id, events) VALUES ($1, $1, 1)', [id]);
    }
    await client.query('COMMIT');
  });

async function prune(): Promise<string[]> {
  const said: string[] = [];
  const log = pino({}, { write: (line) => said.push(JSON.parse(line).msg) });
  await withClient(database.ledgerUrl, (client) => pruneLog(client, log));
  return said;
}

function verify(): Promise<Verification> {
  return withClient(database.url, (events) =>
    withClient(database.url, (side) => verifyLedger(events, side, { verifier: testSigner().verifier })),
  );
}

beforeEach(async () => {
  await admin('SET session_replication_role = replica; DELETE FROM audit_event; DELETE FROM audit_pending; DELETE FROM audit_leaf');
  await admin(
    'SET session_replication_role = replica; DELETE FROM audit_node; DELETE FROM audit_checkpoint; DELETE FROM audit_prune; DELETE FROM sink; DELETE FROM audit_consumer',
  );
  await admin('SELECT audit_log.make_months($1, now())', [monthsAgo(6)]);
  for (const month of [6, 5, 4, 3, 2, 1]) {
    await accesses(inMonth(month), inMonth(month), inMonth(month));
    await operation(inMonth(month));
    await accesses(inMonth(month, 9));
  }
  await sealAll();
});

describe('retention', () => {
  test('takes out whole months of one kind, in one transaction with its event, and what remains still verifies', async () => {
    await keep(3, null);
    const [operations, kept] = [await count('operation', new Date()), (await count('access', new Date())) - 12];
    expect(await prune()).toEqual(['the log was pruned as the policy says']);
    expect([await count('access', monthsAgo(3)), await count('access', new Date())]).toEqual([0, kept]);
    expect(await count('operation', new Date())).toBe(operations);
    const [event] = await eventsOf('audit.pruned');
    expect(event).toMatchObject({
      actorType: 'system',
      outcome: 'ok',
      changes: { kind: [null, 'accesses'], before: [null, monthsAgo(3).toISOString()], events: [null, 12], leaves: [null, 6] },
    });
    const found = await verify();
    expect(found).toMatchObject({ problems: [], events: 6 + kept, pending: 1 });
    expect(found.prunes).toMatchObject([{ kind: 'access', before: monthsAgo(3), events: 12n, eventId: event?.id }]);
    await sealAll();
    expect(await verify()).toMatchObject({ problems: [], pending: 0 });
    // Once.
    expect(await prune()).toEqual([]);
    expect(await eventsOf('audit.pruned')).toHaveLength(1);
  });

  test('keeps a leaf whole that reaches into the next month, until that month goes', async () => {
    const edge = monthsAgo(3).getTime();
    await accesses(new Date(edge - 2), new Date(edge - 1), new Date(edge + 1));
    await sealAll();
    await keep(3, null);
    await prune();
    expect(await count('access', monthsAgo(3))).toBe(2);
    expect((await verify()).problems).toEqual([]);
    expect(await prune()).toEqual([]);
    await sealAll();
    await keep(2, null);
    await prune();
    expect(await count('access', monthsAgo(2))).toBe(0);
    expect(await verify()).toMatchObject({ problems: [], prunes: [{ events: 12n }, { events: 7n }] });
  });

  test('never takes out what says that something was taken out', async () => {
    await keep(5, null);
    await prune();
    // As if that had been done five months ago.
    const past = newId(inMonth(5));
    await admin(`SET session_replication_role = replica;
      UPDATE audit_pending SET leaf_id = '${past}', last_id = '${past}'; UPDATE audit_prune SET event_id = '${past}';
      UPDATE audit_event SET id = '${past}', at = '${inMonth(5).toISOString()}' WHERE event = 'audit.pruned'`);
    await sealAll();
    await keep(null, 1);
    await prune();
    expect((await eventsOf('audit.pruned')).map(({ id }) => id)).toContain(past);
    expect(await count('operation', monthsAgo(1))).toBe(0);
    expect((await verify()).prunes).toHaveLength(2);
    expect((await verify()).problems).toEqual([]);
  });

  test('leaves what is not due where it is older than the first month that has a table', async () => {
    // As after an import, or in a database whose clock was wrong: what is older than the first month is in one table.
    for (const month of [10, 9, 8, 7]) await accesses(inMonth(month), inMonth(month));
    await sealAll();
    await keep(8, null);
    expect(await prune()).toEqual(['the log was pruned as the policy says']);
    expect([await count('access', monthsAgo(8)), await count('access', monthsAgo(6))]).toEqual([0, 4]);
    expect(await verify()).toMatchObject({ problems: [], prunes: [{ events: 4n }] });
  });

  test('of a hundred years keeps everything', async () => {
    const before = await count('access', new Date());
    await keep(1200, 1200);
    expect(await prune()).toEqual([]);
    expect(await count('access', new Date())).toBe(before);
  });

  test('is dated by the database when the application changes it: nobody skips the day', async () => {
    await keep(null, null);
    await asApplication(`UPDATE policy SET keep_accesses_months = 1, retention_changed_at = '2000-01-01'`, {
      keepAccessesMonths: [null, 1],
    });
    expect(await prune()).toEqual([]);
    await expect(withClient(database.url, (client) => client.query('INSERT INTO policy (id) VALUES (2)'))).rejects.toMatchObject({
      code: '42501',
    });
  });

  test('is changed by the application’s role only together with an event that says from what to what', async () => {
    await keep(5, null);
    const policy = async () => (await admin('SELECT keep_accesses_months, keep_operations_months FROM policy')).rows;
    const before = await policy();
    const both = 'UPDATE policy SET keep_accesses_months = 1, keep_operations_months = 2';
    const whole = { keepAccessesMonths: [5, 1], keepOperationsMonths: [null, 2] };
    // An event of another transaction is none of this one's, however right it is.
    await asApplication('SELECT 1', whole);
    for (const said of [
      undefined,
      {},
      { keepAccessesMonths: [5, 1] },
      { ...whole, keepAccessesMonths: [1, 5] },
      { ...whole, keepOperationsMonths: [null, 3] },
    ])
      await expect(asApplication(both, said), JSON.stringify(said)).rejects.toMatchObject({ code: '42501' });
    await expect(asApplication(both, whole, false), 'one that would never be sealed').rejects.toMatchObject({ code: '42501' });
    // Once, and then to something else.
    await expect(asApplication(`${both}; UPDATE policy SET keep_accesses_months = 3`, whole)).rejects.toMatchObject({ code: '42501' });
    expect(await policy()).toEqual(before);
    await asApplication(both, whole);
    expect(await policy()).toEqual([{ keep_accesses_months: 1, keep_operations_months: 2 }]);
    // What is no retention needs no such event here.
    await asApplication('UPDATE policy SET default_limit_requests = NULL', undefined);
    await sealAll();
  });

  test('is not held by a refused batch whose events went before', async () => {
    await keep(5, null);
    await prune();
    await sealAll();
    const sink = '0195f3a0-0000-7000-8000-000000000001';
    await admin(
      `INSERT INTO sink (id, kind, name, name_key, settings, position, created_at) VALUES ($1, 'stdout', 'Out', 'out', '{}', 100000, now())`,
      [sink],
    );
    await admin(
      `INSERT INTO sink_dead_letter (id, sink_id, position, skip, batch, error, at) VALUES ($1, $1, 0, 0, 1, 'status 400', now())`,
      [sink],
    );
    await keep(3, null);
    expect(await prune()).toEqual(['the log was pruned as the policy says']);
    expect(await count('access', monthsAgo(3))).toBe(0);
  });

  test('ends an export that it overtakes without the line that says it is whole', async () => {
    for (let n = 0; n < 260; n++) await accesses(new Date());
    await sealAll();
    const pieces = exportPieces({ until: new Date(Date.now() + 1000) }, newId(1), 'ndjson');
    await pieces.next();
    await keep(3, null);
    await prune();
    const rest = async () => {
      for await (const piece of pieces) expect(piece.sha256).toBeUndefined();
    };
    await expect(rest()).rejects.toThrow('pruned');
  });

  test('waits a day after it was changed, and for what is not sealed', async () => {
    await keep(1, 1, 0.9);
    expect(await prune()).toEqual([]);
    await keep(1, null);
    await accesses(inMonth(4));
    expect(await prune()).toEqual(['retention waits for events to be sealed']);
    expect(await count('access', new Date())).toBe(25);
  });

  test('waits for streams and roll-ups that have not got so far, a month at most, and then says whom it did not wait for', async () => {
    await keep(3, null, 10);
    await admin('INSERT INTO audit_consumer (name, position) VALUES ($1, 0)', ['slow']);
    expect(await prune()).toEqual(['retention waits for events to be delivered, a month at most']);
    expect(await eventsOf('audit.pruned')).toHaveLength(0);
    await keep(3, null, 31);
    expect(await prune()).toEqual(['the log was pruned as the policy says', 'events were pruned that had not been delivered for a month']);
    // What became due this month still waits.
    expect([await count('access', monthsAgo(4)), await count('access', monthsAgo(3))]).toEqual([0, 4]);
    expect((await eventsOf('audit.pruned'))[0]?.changes).toMatchObject({ undelivered: [null, ['slow']] });
    expect(await prune()).toEqual(['retention waits for events to be delivered, a month at most']);
    await admin('UPDATE audit_consumer SET position = 1000');
    expect(await prune()).toEqual(['the log was pruned as the policy says']);
  });

  test('does not hold up whoever reads or writes the log, and tries again', async () => {
    await keep(3, null);
    await withClient(database.url, async (reader) => {
      await reader.query('BEGIN; SELECT count(*) FROM audit_event');
      expect(await prune()).toEqual(['retention waits for whoever reads the log']);
      expect(await eventsOf('audit.pruned')).toHaveLength(0);
      await accesses(new Date());
    });
    expect(await prune()).toEqual(['the log was pruned as the policy says']);
  });

  test('by two at once is done once', async () => {
    await keep(3, 3);
    await Promise.all([prune(), prune()]);
    expect(await eventsOf('audit.pruned')).toHaveLength(2);
    expect((await verify()).problems).toEqual([]);
  });

  test('takes nothing out of a log that is not what was sealed', async () => {
    await keep(3, null);
    await admin(
      `SET session_replication_role = replica; DELETE FROM audit_event WHERE id = (SELECT min(id::text)::uuid FROM audit_event WHERE leaf_id IS NOT NULL)`,
    );
    expect(await prune()).toEqual(['nothing is pruned: the log is not what was sealed (npm run audit:verify)']);
    expect((await verify()).problems).toMatchObject([{ kind: 'event_missing' }]);
  });
});

describe('a month in which something was edited is not pruned', () => {
  const FIRST = `(SELECT min(id::text)::uuid FROM audit_event WHERE leaf_id IS NOT NULL)`;
  test.each([
    ['an event', `UPDATE audit_event SET ip = '198.51.100.66' WHERE id = ${FIRST}`],
    ['one of several in a leaf, the last', `UPDATE audit_event SET count = 2 WHERE id = (SELECT last_id FROM audit_leaf WHERE number = 0)`],
    ['which events a leaf has', `UPDATE audit_leaf SET last_id = leaf_id WHERE number = 0`],
    ['up to where a leaf reaches', `UPDATE audit_leaf SET last_id = '${newId(inMonth(4))}' WHERE number = 0`],
    ['a hash', `UPDATE audit_leaf SET hash = sha256(hash) WHERE number = 0`],
    [
      'an event of the last month that is due',
      `UPDATE audit_event SET user_agent = 'x' WHERE event = 'token.used' AND at = '${inMonth(4, 9).toISOString()}'`,
    ],
  ])('%s', async (_, sql) => {
    await keep(3, null);
    await admin(`SET session_replication_role = replica; ${sql}`);
    const before = (await verify()).problems;
    expect(before).not.toEqual([]);
    expect(await prune()).toEqual(['nothing is pruned: the log is not what was sealed (npm run audit:verify)']);
    expect(await eventsOf('audit.pruned')).toEqual([]);
    expect((await verify()).problems).toEqual(before);
  });

  test('and more leaves than are compared at a time are all compared', { timeout: 120_000 }, async () => {
    const ids = Array.from({ length: 1300 }, () => newId(inMonth(5)));
    await admin(
      `INSERT INTO audit_event (id, at, event, actor_type, outcome) SELECT id, $2, 'user.updated', 'system', 'ok' FROM unnest($1::uuid[]) id`,
      [ids, inMonth(5)],
    );
    await admin('INSERT INTO audit_pending (leaf_id, last_id, events) SELECT id, id, 1 FROM unnest($1::uuid[]) id', [ids]);
    await sealAll();
    await keep(null, 3);
    await admin(`SET session_replication_role = replica;
      UPDATE audit_event SET outcome = 'refused' WHERE id = (SELECT leaf_id FROM audit_leaf ORDER BY number DESC LIMIT 1)`);
    expect(await prune()).toEqual(['nothing is pruned: the log is not what was sealed (npm run audit:verify)']);
    await admin(`SET session_replication_role = replica; UPDATE audit_event SET outcome = 'ok' WHERE outcome = 'refused'`);
    expect(await prune()).toEqual(['the log was pruned as the policy says']);
  });

  test('which the database computes as the sealer does', async () => {
    const { rows } = await admin(`SELECT prosrc FROM pg_proc WHERE proname = 'leaves_as_sealed'`);
    expect(rows[0].prosrc).toContain(canonicalSql('e'));
  });
});

describe('after a prune, verification still finds', () => {
  const tampered = (sql: string) => admin(`SET session_replication_role = replica; ${sql}`);
  beforeEach(async () => {
    await keep(3, null);
    await prune();
    await sealAll();
    expect((await verify()).problems).toEqual([]);
  });

  test('an event of the other kind that was deleted from the same time', async () => {
    const { rows } = await admin(`SELECT number FROM audit_leaf WHERE leaf_id = (SELECT min(id::text)::uuid FROM audit_event)`);
    await tampered('DELETE FROM audit_event WHERE id = (SELECT min(id::text)::uuid FROM audit_event)');
    expect((await verify()).problems).toMatchObject([{ kind: 'event_missing', leaf: BigInt(rows[0].number) }]);
  });

  test('an access that was deleted from what remains', async () => {
    await tampered(`DELETE FROM audit_event WHERE id = (SELECT min(id::text)::uuid FROM audit_event WHERE event = 'token.used')`);
    expect((await verify()).problems).toMatchObject([{ kind: 'event_missing' }]);
  });

  test('a record that was made to cover more', async () => {
    await tampered('DELETE FROM audit_event WHERE id = (SELECT min(id::text)::uuid FROM audit_event)');
    await tampered(`UPDATE audit_prune SET leaves = '{[0,1000)}'`);
    const { problems } = await verify();
    expect(problems.map(({ kind }) => kind)).toContain('prune_changed');
    expect(problems.map(({ kind }) => kind)).toContain('event_missing');
  });

  test.each([
    ['prune_changed', 'DELETE FROM audit_prune'],
    ['prune_changed', `UPDATE audit_prune SET events = events - 1`],
    ['prune_changed', `UPDATE audit_prune SET leaves = 'nonsense'`],
    ['event_changed', `UPDATE audit_event SET changes = changes || '{"events": [null, 3]}' WHERE event = 'audit.pruned'`],
    ['event_missing', `DELETE FROM audit_event WHERE event = 'audit.pruned'`],
    [
      'event_added',
      `INSERT INTO audit_event (id, at, event, actor_type, outcome) VALUES (gen_random_uuid(), now(), 'audit.pruned', 'system', 'ok')`,
    ],
  ])('%s: %s', async (kind, sql) => {
    await tampered(sql);
    expect((await verify()).problems.map((problem) => problem.kind)).toContain(kind);
  });
});

describe('the partitions of the log', () => {
  test('are made ahead, once, however many do it', async () => {
    const made = () => withClient(database.ledgerUrl, (client) => makeMonths(client, pino({ level: 'silent' })));
    await admin(`ALTER TABLE audit_log.access DETACH PARTITION audit_log.access_${name(-3)}; DROP TABLE audit_log.access_${name(-3)}`);
    await Promise.all([made(), made(), made()]);
    const { rows } = await admin(`SELECT to_regclass('audit_log.access_${name(-3)}') AS there`);
    expect(rows[0].there).not.toBeNull();
  });

  test('take any id: one of a clock that jumped waits behind the last month until its own is made', async () => {
    for (const at of [new Date('2031-05-05Z'), new Date(1), new Date('9999-12-31Z')]) {
      await operation(at);
      await accesses(at);
    }
    await sealAll();
    expect((await verify()).problems).toEqual([]);
    const where = async () =>
      (await admin(`SELECT tableoid::regclass::text AS place FROM audit_event WHERE at = '2031-05-05Z' ORDER BY 1`)).rows.map(
        ({ place }) => place,
      );
    expect(await where()).toEqual(['audit_log.access_late', 'audit_log.operation_late']);
    await admin(`SELECT audit_log.make_months('2031-05-01Z', '2031-05-31Z')`);
    expect(await where()).toEqual(['audit_log.access_2031_05', 'audit_log.operation_2031_05']);
    expect((await verify()).problems).toEqual([]);
    await keep(1, 1);
    await prune();
    expect(await count('access', new Date('1980-01-01Z'))).toBe(0);
    expect((await verify()).problems).toEqual([]);
  });

  const name = (months: number) => monthsAgo(months).toISOString().slice(0, 7).replace('-', '_');

  test.each(['access', 'access_early', 'access_late', `access_${name(0)}`, `operation_${name(0)}`])(
    'audit_log.%s is append-only and out of the application’s reach',
    async (table) => {
      for (const sql of [`DELETE FROM audit_log.${table}`, `UPDATE audit_log.${table} SET count = 2`, `TRUNCATE audit_log.${table}`]) {
        await expect(admin(sql), sql).rejects.toThrow(/append-only/);
        for (const url of [database.url, database.ledgerUrl])
          await expect(
            withClient(url, (client) => client.query(sql)),
            sql,
          ).rejects.toMatchObject({ code: '42501' });
      }
      if (table !== 'access') await expect(db().$queryRawUnsafe(`SELECT * FROM audit_log.${table}`)).rejects.toThrow(/permission denied/);
      await expect(withClient(database.ledgerUrl, (client) => client.query(`DROP TABLE audit_log.${table}`))).rejects.toMatchObject({
        code: '42501',
      });
    },
  );

  test('and their pruning are not the application’s, and the ledger’s role prunes no more than the policy says', async () => {
    await keep(null, null);
    for (const sql of [
      `SELECT audit_log.prune('access')`,
      'SELECT audit_log.make_months(now(), now())',
      `SELECT audit_log.make_month('access', now()::timestamp)`,
    ])
      await expect(
        withClient(database.url, (client) => client.query(sql)),
        sql,
      ).rejects.toMatchObject({ code: '42501' });
    expect(
      await withClient(database.ledgerUrl, async (client) => (await client.query(`SELECT audit_log.prune('access') AS done`)).rows),
    ).toEqual([{ done: null }]);
    for (const sql of [
      'UPDATE policy SET keep_accesses_months = 1',
      'DELETE FROM audit_event',
      'DELETE FROM audit_leaf',
      `INSERT INTO audit_prune VALUES (gen_random_uuid(), 'access', now(), 1, '{}')`,
    ])
      await expect(
        withClient(database.ledgerUrl, (client) => client.query(sql)),
        sql,
      ).rejects.toMatchObject({ code: '42501' });
    for (const sql of [
      `INSERT INTO audit_prune VALUES (gen_random_uuid(), 'access', now(), 1, '{}')`,
      'DELETE FROM audit_pending',
      `INSERT INTO audit_checkpoint VALUES (0, 0, now(), 'x')`,
    ])
      await expect(
        withClient(database.url, (client) => client.query(sql)),
        sql,
      ).rejects.toMatchObject({ code: '42501' });
  });
});
