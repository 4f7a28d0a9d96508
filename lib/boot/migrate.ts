import type { Logger } from 'pino';
import { ensureRole, grantTables, type Role, withClient } from '@/lib/boot/roles';
import { forgetInterrupted, readMigrations, withSchemaEngine } from '@/lib/boot/schema-engine';
import { checkKey } from '@/lib/boot/secret-key';
import { APPLICATION_ROLE, LEDGER_ROLE } from '@/lib/db';

// "latchkey" in ASCII: the advisory lock under which one instance at a time migrates.
const MIGRATION_LOCK = '7809644627822568825';
const OLDEST = 150_000;
// A statement or lock that takes longer than this is a fault, not work: better an error than a console that hangs.
const PATIENCE = '-c statement_timeout=15s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s';
// What PostgreSQL expects of a disk that turns: with it, it reads on through a month rather than jump by an index to the few events that are wanted.
const DISK = '-c random_page_cost=1.1';

/** Connection strings of one database, as the application's role and as the one that seals and prunes the log. */
export type RoleUrls = { applicationUrl: string; ledgerUrl: string };

/**
 * Brings the database at `url` up to date (several instances may try at once: they take turns), checks that `keyId` is its
 * key, and gives the connection strings of its roles: `signIns`, where they can sign in by themselves, else `url`
 * with the role taken. `root` is the project's folder.
 */
export async function migrate(
  url: string,
  keyId: string,
  root: string,
  log: Logger,
  signIns: RoleUrls = { applicationUrl: url, ledgerUrl: url },
): Promise<RoleUrls> {
  const [isSeparated, hasLedgerRole] = await withClient(url, async (client) => {
    const version = Number((await client.query('SHOW server_version_num')).rows[0].server_version_num);
    if (version < OLDEST) throw new Error(`DATABASE_URL: PostgreSQL 15 or later is needed, this is ${Math.floor(version / 10_000)}`);
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(forgetInterrupted);
    const applied = await applyMigrations(url, root);
    if (applied.length > 0) log.info({ migrations: applied }, 'database migrated');
    await checkKey(client, keyId);
    const member = (await client.query('SELECT current_user AS name')).rows[0].name;
    const roles = [await ensureRole(url, member, APPLICATION_ROLE), await ensureRole(url, member, LEDGER_ROLE)] as const;
    if (roles[0]) await grantTables(url, roles[1]);
    return roles;
  });
  if (!isSeparated || !hasLedgerRole)
    log.warn(
      `the database's user may not make roles: Latchkey ${isSeparated ? 'seals the log' : 'works'} as the owner of its tables (see docs/operating.md, "Roles")`,
    );
  return {
    applicationUrl: isSeparated ? asRole(signIns.applicationUrl, APPLICATION_ROLE) : url,
    ledgerUrl: isSeparated && hasLedgerRole ? asRole(signIns.ledgerUrl, LEDGER_ROLE) : url,
  };
}

async function applyMigrations(url: string, root: string): Promise<string[]> {
  const migrationsList = await readMigrations(root);
  const filters = { externalTables: [], externalEnums: [] };
  const { appliedMigrationNames } = await withSchemaEngine(url, (engine) => engine.applyMigrations({ migrationsList, filters }));
  return appliedMigrationNames;
}

/** The same database as that role: every connection begins as it. */
function asRole(url: string, role: Role): string {
  const own = new URL(url);
  const given = own.searchParams.get('options');
  own.searchParams.set('options', [given, `-c role=${role} ${PATIENCE} ${DISK}`].filter(Boolean).join(' '));
  // URLSearchParams writes a space as "+", which PostgreSQL's drivers read as a plus.
  own.search = own.search.replaceAll('+', '%20');
  return own.toString();
}
