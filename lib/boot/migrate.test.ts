import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
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
      UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT format('%s.%s', typname, enumlabel) FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
      ORDER BY line`);
    return rows.map((row) => row.line).filter((line) => !line.includes('_prisma_migrations'));
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

test('are all applied, and none was edited after it was', async () => {
  const migrationsList = await readMigrations(process.cwd());
  const diagnosis = await withSchemaEngine(database.adminUrl, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  );
  expect(diagnosis).toMatchObject({ editedMigrationNames: [], failedMigrationNames: [], history: null, hasMigrationsTable: true });
});
