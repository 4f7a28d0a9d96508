import { expect, inject, test } from 'vitest';
import { copyDatabase, TABLES } from '@/lib/boot/move';
import { withClient } from '@/lib/boot/roles';
import { createActor, testDatabase } from '@/lib/testing/database';
import { TEMPLATE } from '@/lib/testing/names';
import { createToken, renameToken } from '@/lib/tokens/commands';

const source = testDatabase();

async function emptyDatabase(name: string): Promise<string> {
  await withClient(inject('adminUrl'), (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} OWNER latchkey`));
  return Object.assign(new URL(inject('adminUrl')), { pathname: `/${name}` }).toString();
}

const contents = (url: string) =>
  withClient(url, async (client) => {
    const tables: Record<string, string[]> = {};
    for (const table of TABLES) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM "${table}" t ORDER BY 1`);
      tables[table] = rows.map(({ row }) => row);
    }
    return tables;
  });

test('a move knows every table', async () => {
  const { rows } = await withClient(source.adminUrl, (client) =>
    client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`,
    ),
  );
  expect([...TABLES].sort()).toEqual(rows.map(({ name }) => name).sort());
});

test('a move copies every row as it is, and refuses a database that is in use', async () => {
  const owner = await createActor('admin', { name: 'Zoë \t\\ "quoted"\n北京', email: 'owner@example.org' });
  const { id } = await createToken(owner, { name: 'moved \\N', description: 'a\nb', expiration: { kind: 'never' } });
  await renameToken(owner, { id, name: 'renamed' });
  const target = await emptyDatabase('moved_to');
  const copied = await copyDatabase(source.adminUrl, target);
  expect(copied).toContainEqual({ table: 'token', rows: 1 });
  expect(copied).toContainEqual({ table: 'audit_event', rows: 2 });
  expect(await contents(target)).toEqual(await contents(source.adminUrl));
  await expect(copyDatabase(source.adminUrl, target)).rejects.toThrow('has people or events in it already');
});

test('a move that breaks off leaves nothing behind', async () => {
  await createActor('member', { name: 'Somebody', email: 'somebody@example.org' });
  const target = await emptyDatabase('moved_halfway');
  const before = await contents(target);
  // The last table cannot take what comes.
  await withClient(target, (client) => client.query('ALTER TABLE key_check ADD CONSTRAINT never CHECK (false) NOT VALID'));
  await withClient(source.adminUrl, (client) => client.query(`INSERT INTO key_check VALUES ('k', now()) ON CONFLICT DO NOTHING`));
  await expect(copyDatabase(source.adminUrl, target)).rejects.toThrow('never');
  expect(await contents(target)).toEqual(before);
});
