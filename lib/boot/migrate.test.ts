import { readFile } from 'node:fs/promises';
import pino from 'pino';
import { expect, inject, test } from 'vitest';
import { migrate } from '@/lib/boot/migrate';
import { withClient } from '@/lib/boot/roles';
import { readMigrations, withSchemaEngine } from '@/lib/boot/schema-engine';
import { testDatabase } from '@/lib/testing/database';

const filters = { externalTables: [], externalEnums: [] };
const database = testDatabase();

/** Every column, index, constraint and enum value of a database, as text. */
async function shape(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(`
      SELECT format('%s.%s %s %s %s', table_name, column_name, udt_name, is_nullable, column_default) AS line
      FROM information_schema.columns WHERE table_schema = 'public'
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
        -- Of a trigger there is one too, and Prisma knows none.
        WHERE connamespace = 'public'::regnamespace AND contype <> 't'
      UNION ALL SELECT format('%s.%s', typname, enumlabel) FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
      ORDER BY line`);
    // The log's keys and indexes are on the partitions of its two kinds, of which Prisma knows nothing: the test below.
    return rows.map((row) => row.line).filter((line) => !/_prisma_migrations|audit_event_pkey/.test(line));
  });
}

test('lead to exactly the tables that schema.prisma describes', async () => {
  const content = await readFile('prisma/schema.prisma', 'utf8');
  const { stdout: script } = await withSchemaEngine(database.adminUrl, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
      script: true,
      exitCode: null,
      filters,
    }),
  );
  const described = Object.assign(new URL(inject('adminUrl')), { pathname: '/described' }).toString();
  await withClient(inject('adminUrl'), (client) => client.query('CREATE DATABASE described'));
  await withClient(described, (client) => client.query(script ?? ''));
  expect(await shape(database.adminUrl)).toEqual(await shape(described));
});

test('that were interrupted are made again by the next start', async () => {
  const url = Object.assign(new URL(inject('adminUrl')), { pathname: '/interrupted' }).toString();
  await withClient(inject('adminUrl'), (client) => client.query('CREATE DATABASE interrupted'));
  const start = () => migrate(url, 'key', process.cwd(), pino({ level: 'silent' }));
  await start();
  // As a process leaves it that is ended in the middle: begun, not finished, and what it did was rolled back.
  await withClient(url, async (client) => {
    await client.query(
      `UPDATE _prisma_migrations SET finished_at = NULL, applied_steps_count = 0 WHERE migration_name = '0017_user_receipt'`,
    );
    await client.query('ALTER TABLE grant_change DROP COLUMN user_id');
  });
  await start();
  await withClient(url, async (client) => {
    await client.query('SELECT user_id FROM grant_change');
    const { rows } = await client.query(
      `SELECT count(*)::int AS n FROM _prisma_migrations WHERE migration_name = '0017_user_receipt' AND finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  });
});

test('give each kind of the log the keys and indexes that its filters need, on every partition, and no more', async () => {
  const { rows } = await withClient(database.adminUrl, (client) =>
    client.query<{ kind: string; table: string; definitions: string[] }>(`
      SELECT split_part(tablename, '_', 1) AS kind, tablename AS table,
             array_agg(regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX .* USING btree ', '\\1') ORDER BY indexdef ~ 'UNIQUE' DESC, indexname) AS definitions
      FROM pg_indexes WHERE schemaname = 'audit_log' GROUP BY tablename`),
  );
  const ofKind = (kind: string) => rows.filter((row) => row.kind === kind).map(({ definitions }) => definitions.toSorted());
  const [access, ...accesses] = ofKind('access');
  const [operation, ...operations] = ofKind('operation');
  // Besides the kind itself: what is before and after all months, this month and the three to come.
  expect([accesses.length, operations.length]).toEqual([6, 6]);
  for (const one of accesses) expect(one).toEqual(access);
  for (const one of operations) expect(one).toEqual(operation);
  expect(access).toEqual([
    '(actor_id, id)',
    "(actor_id, id) WHERE (outcome = 'refused'::outcome)",
    '(actor_id, reason, id) WHERE (reason IS NOT NULL)',
    "(id) WHERE (outcome = 'refused'::outcome)",
    '(ip, id)',
    "(ip, id) WHERE (outcome = 'refused'::outcome)",
    '(reason, id) WHERE (reason IS NOT NULL)',
    "(token_id, generation, ip, id) WHERE ((generation IS NOT NULL) AND (event = 'token.used'::text))",
    '(token_id, id)',
    "(token_id, id) WHERE (outcome = 'refused'::outcome)",
    "(token_id, id) WHERE (reason = ANY (ARRAY['superseded'::text, 'deleted'::text]))",
    '(token_id, reason, id) WHERE (reason IS NOT NULL)',
    'UNIQUE (id)',
  ]);
  expect(operation).toEqual([
    '(actor_id, id)',
    "(actor_id, id) WHERE (event ~~ 'user.sign%'::text)",
    '(event, id)',
    "(id) WHERE (actor_type = 'system'::actor_type)",
    "(id) WHERE (outcome = 'refused'::outcome)",
    '(ip, id)',
    '(reason, id) WHERE (reason IS NOT NULL)',
    '(request_id, id) WHERE (request_id IS NOT NULL)',
    "(subject_id, id) WHERE (event ~~ 'user.sign%'::text)",
    '(subject_id, id) WHERE (subject_id IS NOT NULL)',
    '(token_id, id) WHERE (token_id IS NOT NULL)',
    'UNIQUE (id)',
  ]);
});

test('are all applied, and none was edited after it was', async () => {
  const migrationsList = await readMigrations(process.cwd());
  const diagnosis = await withSchemaEngine(database.adminUrl, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  );
  expect(diagnosis).toMatchObject({ editedMigrationNames: [], failedMigrationNames: [], history: null, hasMigrationsTable: true });
});

test('move a log that is there already into its months, every event as it was, sealed or not', async () => {
  const url = Object.assign(new URL(inject('adminUrl')), { pathname: '/moved' }).toString();
  await withClient(inject('adminUrl'), (client) => client.query('CREATE DATABASE moved'));
  const all = await readMigrations(process.cwd());
  const before = { ...all, migrationDirectories: all.migrationDirectories.filter(({ path }) => path < '0015') };
  const apply = (migrationsList: typeof all) => withSchemaEngine(url, (engine) => engine.applyMigrations({ migrationsList, filters }));
  await apply(before);
  const read = async () => (await withClient(url, (client) => client.query('SELECT * FROM audit_event ORDER BY id'))).rows;
  // Over two years, of both kinds, and from clocks that were far off.
  await withClient(url, (client) =>
    client.query(`
      INSERT INTO audit_event (id, at, event, actor_type, outcome, reason, ip, changes, count)
      SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid, at,
             (ARRAY['token.used', 'token.refused', 'user.signed_in'])[1 + n % 3], 'user', 'ok', CASE WHEN n % 3 = 1 THEN 'expired' END, '192.0.2.1', '{"a": [1, 2]}', n
      FROM (SELECT n, CASE n WHEN 1 THEN '1971-01-01Z' WHEN 2 THEN '2400-01-01Z' ELSE now() - n * interval '10 days' END AS at FROM generate_series(1, 80) n) e`),
  );
  const events = await read();
  await apply(all);
  expect(await read()).toEqual(events);
  const { rows } = await withClient(url, (client) =>
    client.query(
      `SELECT count(*)::int AS events, count(DISTINCT tableoid)::int AS tables FROM audit_event WHERE tableoid::regclass::text !~ '(early|late)'`,
    ),
  );
  expect(rows[0].events).toBe(78);
  expect(rows[0].tables).toBeGreaterThan(40);
  for (const sql of ['UPDATE audit_event SET count = 2', 'DELETE FROM audit_event', 'TRUNCATE audit_event'])
    await expect(
      withClient(url, (client) => client.query(sql)),
      sql,
    ).rejects.toThrow(/append-only/);
});
