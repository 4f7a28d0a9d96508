import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { TestProject } from 'vitest/node';
import { migrate } from '@/lib/boot/migrate';
import { startEmbedded } from '@/lib/boot/postgres';
import { withClient } from '@/lib/boot/roles';
import { deriveKeys } from '@/lib/keys';
import { TEMPLATE, TEST_SECRET_KEY } from '@/lib/testing/names';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's superuser: test databases are cloned through it. */
    adminUrl: string;
    /** The application's role in the template database. */
    applicationUrl: string;
    /** The role of the ledger, there too. */
    ledgerUrl: string;
  }
}

/** One real PostgreSQL for all tests: migrated once, cloned for each file that wants a database. */
export default async function setup(project: TestProject) {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const log = pino({ level: 'silent' });
  const postgres = await startEmbedded(dataDir, log);
  const { applicationUrl, ledgerUrl } = await migrate(postgres.url, deriveKeys(TEST_SECRET_KEY).id, process.cwd(), log, postgres.signIns);
  await withClient(postgres.superuserUrl, async (client) => {
    await client.query(`ALTER DATABASE latchkey RENAME TO ${TEMPLATE}`);
    // Nothing here outlives the run: no commit has to wait for the disk.
    await client.query('ALTER ROLE ALL SET synchronous_commit = off');
  });
  project.provide('adminUrl', postgres.superuserUrl);
  project.provide('applicationUrl', applicationUrl);
  project.provide('ledgerUrl', ledgerUrl);
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
