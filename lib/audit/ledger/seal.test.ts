import type { Client } from 'pg';
import pino from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { advance, consume, positionOf } from '@/lib/audit/ledger/consumers';
import { eventsOf, readLeaves } from '@/lib/audit/ledger/leaves';
import { isSignedBy, readNote } from '@/lib/audit/ledger/note';
import { Sealer } from '@/lib/audit/ledger/seal';
import { verifyLedger } from '@/lib/audit/ledger/verify';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, transaction } from '@/lib/db';
import { testDatabase } from '@/lib/testing/database';
import { sealAll, testAccesses, testSigner } from '@/lib/testing/ledger';

const database = testDatabase();
const silent = pino({ level: 'silent' });

const operation = () => transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated', changes: { name: ['a', 'b'] } }));
const leaves = () => db().auditLeaf.findMany({ orderBy: { number: 'asc' } });
const checkpoints = () => db().auditCheckpoint.findMany({ orderBy: { number: 'asc' } });

/** Events that are in no leaf, in more than one, or not in the one that they name. */
const astray = () => db().$queryRaw`
  SELECT e.id, count(l.number) FROM audit_event e LEFT JOIN audit_leaf l ON e.id BETWEEN l.leaf_id AND l.last_id AND l.leaf_id = coalesce(e.leaf_id, e.id)
  GROUP BY e.id HAVING count(l.number) <> 1`;

async function expectWhole(): Promise<void> {
  const all = await leaves();
  expect(all.map(({ number }) => number)).toEqual(all.map((_, n) => BigInt(n)));
  expect(all.reduce((sum, { events }) => sum + events, 0)).toBe(await db().auditEvent.count());
  expect(await astray()).toEqual([]);
  expect(await db().auditPending.count()).toBe(0);
  const notes = await checkpoints();
  expect(notes.map(({ number }) => number)).toEqual(notes.map((_, n) => BigInt(n)));
  for (const { number, size, at, note } of notes) {
    expect(readNote(note)).toMatchObject({ number, size, at });
    expect(isSignedBy(note, testSigner().verifier)).toBe(true);
  }
  expect(notes.at(-1)?.size).toBe(BigInt(all.length));
}

describe('sealing', () => {
  test('gives every operation and every group of accesses one leaf, numbered without gaps, and signs the tree', async () => {
    const { pass } = testAccesses();
    await operation();
    await pass(1);
    await pass(700);
    await Promise.all([pass(40), pass(40), operation()]);
    await sealAll();
    await pass(3);
    await sealAll();
    await expectWhole();
    expect((await leaves()).filter(({ events }) => events > 1).length).toBeGreaterThan(1);
  });

  test('takes no notice of what was rolled back, and takes what committed late when it comes', async () => {
    const before = (await leaves()).length;
    await transaction(async (tx, now) => {
      await record(tx, now, 'system', { event: 'user.updated' });
      throw new Error('no');
    }).catch(() => {});
    let commit = () => {};
    const held = new Promise<void>((done) => {
      commit = done;
    });
    let written = () => {};
    const isWritten = new Promise<void>((done) => {
      written = done;
    });
    const late = transaction(async (tx, now) => {
      await record(tx, now, 'system', { event: 'user.updated' });
      written();
      await held;
    });
    await isWritten;
    await operation();
    await sealAll();
    expect((await leaves()).length).toBe(before + 1);
    commit();
    await late;
    await sealAll();
    expect((await leaves()).length).toBe(before + 2);
    const [second, first] = (await leaves()).reverse();
    expect(first && second && second.leafId < first.leafId).toBe(true);
    await expectWhole();
  });

  test('goes on where another one ended, at whatever moment it did', async () => {
    const { pass } = testAccesses();
    for (let n = 0; n < 300; n++) await operation();
    const sealer = new Sealer(testSigner(), silent);
    // The connection goes after each statement of a seal, one after the other.
    for (let statements = 1; statements < 9; statements++) {
      await pass(5);
      await withClient(database.ledgerUrl, async (client) => {
        const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
        let left = statements;
        client.query = (async (...args: unknown[]) => {
          if (left-- === 0) {
            await withClient(database.adminUrl, (admin) =>
              admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1`, [pidOf(client)]),
            );
          }
          return query(...args);
        }) as typeof client.query;
        await sealer.seal(client).catch(() => {});
      }).catch(() => {});
      await operation();
    }
    await sealAll();
    await expectWhole();
  });

  test('by two at once comes to the same', async () => {
    const { pass } = testAccesses();
    for (let n = 0; n < 10; n++) {
      await Promise.all([pass(20), pass(20), operation()]);
      const seal = () =>
        withClient(database.ledgerUrl, (client) => new Sealer(testSigner(), silent).seal(client)).catch((error: Error) => error.message);
      await Promise.all([seal(), seal(), pass(3)]);
    }
    await sealAll();
    await expectWhole();
  });

  test('refuses to go on from a ledger that is not what was signed, and says what to do', async () => {
    await withClient(database.adminUrl, async (client) => {
      const { rows } = await client.query('SELECT number, hash FROM audit_leaf ORDER BY number DESC LIMIT 1');
      const alter = async (hash: Buffer) => {
        await client.query('SET session_replication_role = replica');
        await client.query('UPDATE audit_leaf SET hash = $2 WHERE number = $1', [rows[0].number, hash]);
      };
      await alter(Buffer.alloc(32));
      await expect(sealAll()).rejects.toThrow('npm run audit:verify');
      await alter(rows[0].hash);
      await sealAll();
    });
  });

  test('says so when events went between their commit and their seal', async () => {
    const { pass } = testAccesses();
    await pass(5);
    await operation();
    await withClient(database.adminUrl, async (client) => {
      await client.query('SET session_replication_role = replica');
      await client.query(`DELETE FROM audit_event WHERE id IN (SELECT last_id FROM audit_pending)`);
    });
    const said: string[] = [];
    const log = pino({ level: 'error' }, { write: (line) => said.push(line) });
    await withClient(database.ledgerUrl, (client) => new Sealer(testSigner(), log).seal(client));
    expect(said.length).toBeGreaterThanOrEqual(2);
    await expectWhole();
  });
});

describe('what anybody with the application’s rights may write', () => {
  const asApplication = (sql: string) => withClient(database.url, (client) => client.query(sql));
  const asAdmin = (sql: string) => withClient(database.adminUrl, (client) => client.query(sql));
  const setAside = async () => (await db().auditSetAside.findMany({ orderBy: { at: 'asc' } })).map(({ reason }) => reason);
  const verify = () =>
    withClient(database.url, (events) =>
      withClient(database.url, (side) => verifyLedger(events, side, { verifier: testSigner().verifier })),
    );

  beforeAll(() => asAdmin('SET session_replication_role = replica; DELETE FROM audit_set_aside'));

  test('does not stop sealing: a leaf that is sealed already is set aside, said, and shown by verification', async () => {
    await operation();
    await sealAll();
    await asApplication('INSERT INTO audit_pending (leaf_id, last_id, events) SELECT leaf_id, last_id, events FROM audit_leaf LIMIT 3');
    await operation();
    const said: string[] = [];
    const log = pino({ level: 'error' }, { write: (line) => said.push(JSON.parse(line).reason) });
    await withClient(database.ledgerUrl, (client) => new Sealer(testSigner(), log).seal(client));
    expect(said).toEqual(['sealed', 'sealed', 'sealed']);
    await expectWhole();
    expect(await verify()).toMatchObject({ problems: [], setAside: 3 });
    expect(await setAside()).toEqual(['sealed', 'sealed', 'sealed']);
  });

  test('nor does one that reaches over the whole log, or has no events', async () => {
    await asApplication(
      `INSERT INTO audit_pending VALUES ('00000000-0000-7000-8000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 2147483647)`,
    );
    await asApplication(
      `INSERT INTO audit_pending VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000000', -5)`,
    );
    await operation();
    await sealAll();
    await expectWhole();
    expect((await setAside()).slice(3)).toEqual(['vanished', 'vanished']);
  });

  test('nor an event of which nothing can be computed: it alone stays unsealed, and verification names it', async () => {
    const insert = `INSERT INTO audit_event (id, at, event, actor_type, outcome) VALUES ('0195f3a0-0000-7000-8000-000000000001', 'infinity', 'user.updated', 'system', 'ok')`;
    await asApplication(insert);
    await asApplication(
      `INSERT INTO audit_pending VALUES ('0195f3a0-0000-7000-8000-000000000001', '0195f3a0-0000-7000-8000-000000000001', 1)`,
    );
    for (let n = 0; n < 20; n++) await operation();
    await sealAll();
    expect(await db().auditPending.count()).toBe(0);
    expect((await setAside()).slice(5)).toEqual(['unreadable']);
    expect((await verify()).problems).toMatchObject([{ kind: 'event_added', detail: expect.stringContaining('0195f3a0') }]);
    await asAdmin(`SET session_replication_role = replica; DELETE FROM audit_event WHERE id = '0195f3a0-0000-7000-8000-000000000001'`);
    await expectWhole();
  });

  test('and what was set aside stays on record', async () => {
    for (const url of [database.url, database.ledgerUrl])
      await expect(withClient(url, (client) => client.query('DELETE FROM audit_set_aside'))).rejects.toMatchObject({ code: '42501' });
    await expect(
      asApplication(`INSERT INTO audit_set_aside VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'x', now())`),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(asAdmin('DELETE FROM audit_set_aside')).rejects.toThrow('append-only');
  });
});

describe('a consumer', () => {
  beforeAll(() => sealAll());

  test('is handed every leaf once and in order, though its work fails, dies, or is done by several', async () => {
    await withClient(database.adminUrl, (client) =>
      client.query(
        'CREATE TABLE IF NOT EXISTS seen (place bigint GENERATED ALWAYS AS IDENTITY, number bigint); GRANT ALL ON seen TO latchkey_app',
      ),
    );
    let round = 0;
    const work = (client: Client) =>
      consume(client, 'test', 7, async (heads) => {
        await client.query('INSERT INTO seen (number) SELECT * FROM unnest($1::bigint[])', [heads.map(({ number }) => number)]);
        if (++round % 3 === 0) throw new Error('failed');
        if (round % 7 === 0) await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
      });
    const worker = async () => {
      for (let done = false; !done; ) done = (await withClient(database.url, work).catch(() => 1)) === 0;
    };
    await Promise.all([worker(), worker()]);
    const { rows } = await withClient(database.adminUrl, (client) => client.query('SELECT number FROM seen ORDER BY place'));
    expect(rows.map(({ number }) => BigInt(number))).toEqual((await leaves()).map(({ number }) => number));
  });

  test('that sends leaves elsewhere starts with what is new, and moves on once', async () => {
    await withClient(database.url, async (client) => {
      const next = BigInt((await leaves()).length);
      expect(await positionOf(client, 'sender')).toBe(next);
      expect(await positionOf(client, 'archive', true)).toBe(0n);
      expect(await advance(client, 'archive', 0n, 2n)).toBe(true);
      expect(await advance(client, 'archive', 0n, 3n)).toBe(false);
      expect(await positionOf(client, 'archive', true)).toBe(2n);
    });
  });

  test('reads the events of its leaves, in Node or in SQL', async () => {
    await withClient(database.url, async (client) => {
      const all = await readLeaves(client, 0n, 10_000);
      for (const leaf of all) expect(leaf.rows.length).toBe(leaf.events);
      const { from, values } = eventsOf(all.slice(2, 5));
      const { rows } = await client.query(`SELECT e.id ${from}`, values);
      expect(rows.map(({ id }) => id).sort()).toEqual(
        all
          .slice(2, 5)
          .flatMap((leaf) => leaf.rows.map(({ id }) => id))
          .sort(),
      );
      const written = all.flatMap((leaf) => leaf.rows).find(({ event }) => event === 'user.updated');
      expect(written).toMatchObject({ actorType: 'system', changes: { name: ['a', 'b'] }, at: expect.any(Date), count: 1 });
    });
  });
});

function pidOf(client: Client): number {
  return (client as unknown as { processID: number }).processID;
}
