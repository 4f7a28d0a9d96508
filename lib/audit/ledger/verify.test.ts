import type { Client } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { signerOf, signNote } from '@/lib/audit/ledger/note';
import { type Verification, verifyLedger } from '@/lib/audit/ledger/verify';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, transaction } from '@/lib/db';
import { deriveKeys } from '@/lib/keys';
import { testDatabase } from '@/lib/testing/database';
import { sealAll, testAccesses, testSigner } from '@/lib/testing/ledger';

// 1,000 with TAMPERINGS=1000; which ones they are depends on PROPERTY_SEED.
const TAMPERINGS = Number(process.env.TAMPERINGS ?? 100);

const database = testDatabase();
const operation = () => transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated', changes: { name: ['a', 'b'] } }));

function verify(kept: string[] = [], url = database.url): Promise<Verification> {
  return withClient(url, (events) => withClient(url, (side) => verifyLedger(events, side, { verifier: testSigner().verifier, kept })));
}

const notes = async () => (await db().auditCheckpoint.findMany({ orderBy: { number: 'asc' } })).map(({ note }) => note);

beforeAll(async () => {
  const { pass } = testAccesses();
  // More than 256 leaves, so that inner nodes are stored; many checkpoints; some of them heartbeats.
  for (let round = 0; round < 8; round++) {
    await Promise.all(Array.from({ length: 38 }, operation));
    await Promise.all([pass(12), pass(9)]);
    await sealAll();
  }
  await heartbeat();
});

/** What the sealer writes when a minute has passed without anything new. */
async function heartbeat(): Promise<void> {
  const last = await db().auditCheckpoint.findFirstOrThrow({ orderBy: { number: 'desc' } });
  const root = Buffer.from(last.note.split('\n')[2] as string, 'base64');
  const at = new Date(last.at.getTime() + 1);
  const checkpoint = { number: last.number + 1n, size: last.size, root, at };
  await withClient(database.ledgerUrl, (client) =>
    client.query('INSERT INTO audit_checkpoint (number, size, at, note) VALUES ($1, $2, $3, $4)', [
      checkpoint.number,
      last.size,
      at,
      signNote(checkpoint, testSigner()),
    ]),
  );
}

describe('verification', () => {
  test('finds nothing wrong with a log that nobody touched, and says how much there is', async () => {
    const found = await verify(await notes());
    expect(found.problems).toEqual([]);
    expect(found.events).toBe(await db().auditEvent.count());
    expect(found).toMatchObject({ leaves: BigInt(await db().auditLeaf.count()), pending: 0, late: 0, last: (await notes()).at(-1) });
  });

  test('raises no alarm about honest load, while it is sealed, rolled back, or held open', async () => {
    const { pass } = testAccesses();
    let release = () => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const open = transaction(async (tx, now) => {
      await record(tx, now, 'system', { event: 'user.updated' });
      await held;
    });
    const earlier = await notes();
    const load = async () => {
      for (let n = 0; n < 6; n++) {
        await Promise.all([
          pass(30),
          operation(),
          transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated' }).then(() => Promise.reject(new Error('no')))).catch(
            () => {},
          ),
        ]);
        await sealAll();
      }
    };
    const verified = async () => {
      for (let n = 0; n < 4; n++) expect((await verify(earlier)).problems).toEqual([]);
    };
    await Promise.all([load(), verified()]);
    release();
    await open;
    const found = await verify(earlier);
    expect(found).toMatchObject({ problems: [], pending: 1 });
    await sealAll();
    expect(await verify(earlier)).toMatchObject({ problems: [], pending: 0 });
  });

  test('names the leaf and the time of the event that was changed', async () => {
    await tampered(async (client) => {
      const { rows } = await client.query(
        `SELECT number, at FROM audit_leaf JOIN audit_event ON id = audit_leaf.leaf_id WHERE number = 40`,
      );
      await client.query(
        `UPDATE audit_event SET changes = '{"name": ["a", "c"]}' FROM audit_leaf WHERE id = audit_leaf.leaf_id AND number = 40`,
      );
      const [problem] = (await verify([], database.adminUrl)).problems;
      expect(problem).toMatchObject({ kind: 'event_changed', leaf: 40n, from: rows[0].at, to: rows[0].at });
    });
  });

  test('finds a past that was rewritten and signed anew with the log’s own key, by a checkpoint that was kept', async () => {
    const kept = await notes();
    await tampered(async (client) => {
      await client.query('DELETE FROM audit_checkpoint; DELETE FROM audit_node; DELETE FROM audit_leaf');
      await client.query(
        'DELETE FROM audit_event WHERE id = (SELECT id FROM audit_event WHERE leaf_id IS NULL ORDER BY id OFFSET 50 LIMIT 1)',
      );
      await client.query(
        'INSERT INTO audit_pending SELECT coalesce(leaf_id, id), max(id::text)::uuid, count(*) FROM audit_event GROUP BY 1',
      );
      await sealAll(database.adminUrl);
      expect((await verify([], database.adminUrl)).problems).toEqual([]);
      const [problem] = (await verify(kept.slice(3, 4), database.adminUrl)).problems;
      expect(problem).toMatchObject({ kind: 'tree_changed', leaf: 0n });
    });
  });
});

/** Runs `work` where the log was open to whoever owns the database, and puts it all back afterwards. */
async function tampered(work: (client: Client) => Promise<void>): Promise<void> {
  const tables = ['audit_event', 'audit_pending', 'audit_leaf', 'audit_node', 'audit_checkpoint'];
  await withClient(database.adminUrl, async (client) => {
    await client.query('SET session_replication_role = replica');
    for (const table of tables) await client.query(`CREATE TABLE kept_${table} AS TABLE ${table}`);
    try {
      await work(client);
    } finally {
      for (const table of tables)
        await client.query(`DELETE FROM ${table}; INSERT INTO ${table} TABLE kept_${table}; DROP TABLE kept_${table}`);
    }
  });
}

const pick = (table: string, key: string) => `(SELECT ${key} FROM ${table} ORDER BY random() LIMIT 1)`;
const anEvent = pick('audit_event', 'id');
const aLeaf = pick('audit_leaf', 'number');
const aCheckpoint = pick('audit_checkpoint', 'number');
const edits = [
  `event = event || 'x'`,
  `event = overlay(event placing '!' from 1 + floor(random() * length(event))::int for 1)`,
  `actor_type = CASE actor_type WHEN 'user' THEN 'token' ELSE 'user' END::actor_type`,
  `actor_id = gen_random_uuid()`,
  `subject_id = gen_random_uuid()`,
  `token_id = gen_random_uuid()`,
  `outcome = CASE outcome WHEN 'ok' THEN 'refused' ELSE 'ok' END::outcome`,
  `reason = coalesce(reason, '')|| 'x'`,
  `reason = coalesce(reason || 'x', '')`,
  `ip = CASE WHEN ip IS NULL THEN '192.0.2.1' ELSE ip + 1 END`,
  `user_agent = CASE WHEN user_agent IS NULL THEN '' ELSE user_agent || ' ' END`,
  `request_id = coalesce(request_id, '') || 'x'`,
  `changes = coalesce(changes, '{}') || '{"x": [1, 2]}'`,
  `request = overlay(coalesce(request, '.') placing '!' from 1 for 1)`,
  `count = count + 1`,
  `generation = coalesce(generation, 0) + 1`,
  `at = at + interval '1 ms'`,
  `at = at - interval '1 day'`,
  `id = gen_random_uuid()`,
  `leaf_id = CASE WHEN leaf_id IS NULL THEN gen_random_uuid() END`,
];

/** One tampering each, on a connection that may do everything; `kept`: found only with a checkpoint that was kept elsewhere. */
const tamperings: { what: string; sql: () => string | Promise<string>; kept?: true }[] = [
  ...edits.map((edit) => ({ what: `edit ${edit.split(' ')[0]}`, sql: () => `UPDATE audit_event SET ${edit} WHERE id = ${anEvent}` })),
  { what: 'delete an event', sql: () => `DELETE FROM audit_event WHERE id = ${anEvent}` },
  {
    what: 'delete an event and its leaf',
    sql: () =>
      `WITH gone AS (DELETE FROM audit_leaf WHERE number = ${aLeaf} RETURNING leaf_id) DELETE FROM audit_event USING gone WHERE coalesce(audit_event.leaf_id, id) = gone.leaf_id`,
  },
  {
    what: 'delete an event and close the gap',
    sql: () => `DO $$ DECLARE n bigint; BEGIN DELETE FROM audit_leaf WHERE number = ${aLeaf} RETURNING number INTO n;
      DELETE FROM audit_event WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.leaf_id = coalesce(audit_event.leaf_id, id));
      UPDATE audit_leaf SET number = -number WHERE number > n; UPDATE audit_leaf SET number = -number - 1 WHERE number < 0; END $$`,
  },
  { what: 'insert an event', sql: () => copyOf('gen_random_uuid()', 'NULL') },
  { what: 'insert an event into a leaf', sql: () => copyOf(`overlay(id::text placing 'fff' from 34)::uuid`, 'coalesce(leaf_id, id)') },
  {
    what: 'swap two events',
    sql: () => `WITH two AS (SELECT id FROM audit_event WHERE event = 'token.used' ORDER BY random() LIMIT 2), pair AS (SELECT min(id::text)::uuid AS a, max(id::text)::uuid AS b FROM two)
      UPDATE audit_event e SET token_id = o.token_id, actor_id = o.actor_id FROM pair, audit_event o WHERE (e.id = a AND o.id = b) OR (e.id = b AND o.id = a)`,
  },
  {
    what: 'swap two leaves',
    sql: () => `DO $$ DECLARE a bigint := ${aLeaf}; b bigint; BEGIN SELECT number INTO b FROM audit_leaf WHERE number <> a ORDER BY random() LIMIT 1;
      UPDATE audit_leaf SET number = -1 WHERE number = a; UPDATE audit_leaf SET number = a WHERE number = b; UPDATE audit_leaf SET number = b WHERE number = -1; END $$`,
  },
  {
    what: 'edit a leaf’s hash',
    sql: () =>
      `UPDATE audit_leaf SET hash = set_byte(hash, 5, get_byte(hash, 5) # (1 + floor(random() * 255))::int) WHERE number = ${aLeaf}`,
  },
  { what: 'edit a leaf’s end', sql: () => `UPDATE audit_leaf SET last_id = gen_random_uuid() WHERE number = ${aLeaf}` },
  {
    what: 'edit a leaf’s count',
    sql: () => `UPDATE audit_leaf SET events = events + (CASE WHEN random() < 0.5 THEN 1 ELSE -1 END) WHERE number = ${aLeaf}`,
  },
  { what: 'edit a leaf’s id', sql: () => `UPDATE audit_leaf SET leaf_id = gen_random_uuid() WHERE number = ${aLeaf}` },
  { what: 'edit an inner node', sql: () => `UPDATE audit_node SET hash = sha256(hash) WHERE ctid = ${pick('audit_node', 'ctid')}` },
  { what: 'drop an inner node', sql: () => `DELETE FROM audit_node WHERE ctid = ${pick('audit_node', 'ctid')}` },
  {
    what: 'edit an event and its leaf',
    sql: () =>
      `WITH e AS (UPDATE audit_event SET request = 'forged' WHERE id = ${anEvent} RETURNING coalesce(leaf_id, id) AS leaf) UPDATE audit_leaf SET hash = sha256(hash) FROM e WHERE leaf_id = e.leaf`,
  },
  {
    what: 'edit a checkpoint',
    sql: () =>
      `UPDATE audit_checkpoint SET note = overlay(note placing 'Z' from 30 + floor(random() * (length(note) - 35))::int for 1) WHERE number = ${aCheckpoint} AND overlay(note placing 'Z' from 30 for 1) <> note`,
  },
  { what: 're-date a checkpoint', sql: () => `UPDATE audit_checkpoint SET at = at + interval '1 s' WHERE number = ${aCheckpoint}` },
  { what: 'resize a checkpoint', sql: () => `UPDATE audit_checkpoint SET size = size + 1 WHERE number = ${aCheckpoint}` },
  {
    what: 'drop a checkpoint',
    sql: () =>
      `DELETE FROM audit_checkpoint WHERE number = (SELECT number FROM audit_checkpoint WHERE number < (SELECT max(number) FROM audit_checkpoint) ORDER BY random() LIMIT 1)`,
  },
  {
    what: 'drop the newest checkpoint',
    sql: () => 'DELETE FROM audit_checkpoint WHERE number = (SELECT max(number) FROM audit_checkpoint)',
    kept: true,
  },
  {
    what: 'truncate the newest together with their checkpoints',
    sql: () => `DO $$ DECLARE c bigint; s bigint; BEGIN SELECT number, size INTO c, s FROM audit_checkpoint WHERE number < (SELECT max(number) - 1 FROM audit_checkpoint) ORDER BY random() LIMIT 1;
      DELETE FROM audit_checkpoint WHERE number > c; DELETE FROM audit_leaf WHERE number >= s; DELETE FROM audit_node WHERE (index + 1) << level > s;
      DELETE FROM audit_event WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.leaf_id = coalesce(audit_event.leaf_id, id)); END $$`,
    kept: true,
  },
  {
    what: 'truncate the newest leaf',
    sql: () =>
      `WITH gone AS (DELETE FROM audit_leaf WHERE number = (SELECT max(number) FROM audit_leaf) RETURNING leaf_id) DELETE FROM audit_event USING gone WHERE coalesce(audit_event.leaf_id, id) = gone.leaf_id`,
  },
  {
    what: 're-sign with another key',
    sql: async () => {
      const { number, size, at, note } = await db()
        .$queryRawUnsafe<{ number: bigint; size: bigint; at: Date; note: string }[]>(
          `SELECT * FROM audit_checkpoint WHERE number = ${aCheckpoint}`,
        )
        .then((rows) => rows[0] as { number: bigint; size: bigint; at: Date; note: string });
      const forged = signNote(
        { number, size, at, root: Buffer.from(note.split('\n')[2] as string, 'base64') },
        signerOf(deriveKeys(Buffer.alloc(32, 99))),
      );
      return `UPDATE audit_checkpoint SET note = '${forged}' WHERE number = ${number}`;
    },
  },
  {
    what: 'seal an event twice',
    sql: () => 'INSERT INTO audit_pending SELECT leaf_id, last_id, events FROM audit_leaf ORDER BY random() LIMIT 1',
  },
];

function copyOf(id: string, leafId: string): string {
  return `INSERT INTO audit_event (id, at, event, actor_type, outcome, token_id, leaf_id)
    SELECT ${id}, at, event, actor_type, outcome, token_id, ${leafId} FROM audit_event WHERE id = ${anEvent}`;
}

test(`each of ${TAMPERINGS} tamperings is found`, { timeout: 60_000 + TAMPERINGS * 1000 }, async () => {
  const kept = (await notes()).slice(-1);
  const seed = Number(process.env.PROPERTY_SEED ?? 1);
  const missed: string[] = [];
  await withClient(database.adminUrl, async (client) => {
    await client.query('SET session_replication_role = replica');
    await client.query('SELECT setseed($1)', [(seed % 1000) / 1000]);
    for (const table of TABLES) await client.query(`CREATE TABLE whole_${table} AS TABLE ${table}`);
    for (let n = 0, made = 0; made < TAMPERINGS; n++) {
      const { what, sql, kept: needsKept } = tamperings[n % tamperings.length] as (typeof tamperings)[number];
      const statement = await sql();
      await client.query('BEGIN');
      const before = await fingerprint(client);
      await client.query(statement);
      if ((await fingerprint(client)) === before) {
        // It happened to change nothing: another one.
        await client.query('ROLLBACK');
        continue;
      }
      made++;
      await client.query('COMMIT');
      const { problems } = await verify(needsKept ? kept : [], database.adminUrl);
      if (problems.length === 0) missed.push(`${what}: ${statement}`);
      await undo(client);
    }
  });
  expect(missed).toEqual([]);
  expect((await verify(kept)).problems).toEqual([]);
});

const TABLES = ['audit_event', 'audit_pending', 'audit_leaf', 'audit_node', 'audit_checkpoint'];

async function fingerprint(client: Client): Promise<string> {
  const sums = TABLES.map((table) => `(SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${table} t)`);
  return (await client.query(`SELECT concat_ws(' ', ${sums.join()}) AS sum`)).rows[0].sum;
}

/** Puts everything back as it was before the first tampering. */
async function undo(client: Client): Promise<void> {
  for (const table of TABLES) await client.query(`DELETE FROM ${table}; INSERT INTO ${table} TABLE whole_${table}`);
}
