import type { Logger } from 'pino';
import { ensureRole, grantTables, withClient } from '@/lib/boot/roles';
import { readMigrations, withSchemaEngine } from '@/lib/boot/schema-engine';
import { checkKey } from '@/lib/boot/secret-key';
import { APPLICATION_ROLE } from '@/lib/db';

// "latchkey" in ASCII: the advisory lock under which one instance at a time migrates.
const MIGRATION_LOCK = '7809644627822568825';
const OLDEST = 150_000;
// A statement or lock that takes longer than this is a fault, not work: better an error than a console that hangs.
const PATIENCE = '-c statement_timeout=15s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s';

/**
 * Brings the database at `url` up to date (several instances may try at once: they take turns), checks that `keyId` is its
 * key, and gives the connection string of the application's role: `applicationUrl`, where that role can sign in by itself, else `url`
 * with that role taken. `root` is the project's folder.
 */
export async function migrate(url: string, keyId: string, root: string, log: Logger, applicationUrl = url): Promise<string> {
  const isSeparated = await withClient(url, async (client) => {
    const version = Number((await client.query('SHOW server_version_num')).rows[0].server_version_num);
    if (version < OLDEST) throw new Error(`DATABASE_URL: PostgreSQL 15 or later is needed, this is ${Math.floor(version / 10_000)}`);
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await applyMigrations(url, root);
    if (applied.length > 0) log.info({ migrations: applied }, 'database migrated');
    await checkKey(client, keyId);
    const member = (await client.query('SELECT current_user AS name')).rows[0].name;
    const done = await ensureRole(url, member);
    if (done) await grantTables(url);
    return done;
  });
  if (isSeparated) return asRole(applicationUrl);
  log.warn(`the database's user may not make roles: Latchkey works as the owner of its tables (see docs/operating.md, "Roles")`);
  return url;
}

async function applyMigrations(url: string, root: string): Promise<string[]> {
  const migrationsList = await readMigrations(root);
  const filters = { externalTables: [], externalEnums: [] };
  const { appliedMigrationNames } = await withSchemaEngine(url, (engine) => engine.applyMigrations({ migrationsList, filters }));
  return appliedMigrationNames;
}

/** The same database as the application's role: every connection begins as it. */
function asRole(url: string): string {
  const own = new URL(url);
  const given = own.searchParams.get('options');
  own.searchParams.set('options', [given, `-c role=${APPLICATION_ROLE} ${PATIENCE}`].filter(Boolean).join(' '));
  // URLSearchParams writes a space as "+", which PostgreSQL's drivers read as a plus.
  own.search = own.search.replaceAll('+', '%20');
  return own.toString();
}
