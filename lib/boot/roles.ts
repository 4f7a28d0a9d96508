import { Client } from 'pg';
import { APPLICATION_ROLE, LEDGER_ROLE } from '@/lib/db';

/** A role of Latchkey's own. */
export type Role = typeof APPLICATION_ROLE | typeof LEDGER_ROLE;

/**
 * Makes the role, and lets `member` take it. Does nothing that is done already.
 * Gives false when the database's user may not do this; docs/operating.md has the statements for an administrator.
 */
export async function ensureRole(url: string, member: string, role: Role = APPLICATION_ROLE): Promise<boolean> {
  return withClient(url, async (client) => {
    const found = await client.query(`SELECT pg_has_role($1::name, oid, 'MEMBER') AS member FROM pg_roles WHERE rolname = $2`, [
      member,
      role,
    ]);
    try {
      if (found.rowCount === 0) await client.query(`CREATE ROLE ${role} NOLOGIN`);
      if (!found.rows[0]?.member) await client.query(`GRANT ${role} TO ${client.escapeIdentifier(member)}`);
      return true;
    } catch (error) {
      const code = (error as { code?: string }).code;
      // Somebody else made it at the same moment, or this user may not make roles.
      if (code === '42710' || code === '23505') return ensureRole(url, member, role);
      if (code === '42501') return false;
      throw error;
    }
  });
}

/**
 * Lets a role sign in by itself, with this password (no quotes in it). `url` is a superuser's. Whoever signs in as
 * another role and then takes this one can give it back with SET ROLE NONE, and is the owner of the log again.
 */
export async function letIn(url: string, role: Role, password: string): Promise<void> {
  await withClient(url, (client) => client.query(`ALTER ROLE ${role} LOGIN PASSWORD '${password}'`));
}

/**
 * Grants the application's role what it needs in this database and no more: events can be added, never changed or removed. Where there is a
 * role for the ledger, that one alone seals; it can prune what the policy does not keep, and change nothing else.
 */
export async function grantTables(url: string, hasLedgerRole: boolean): Promise<void> {
  await withClient(url, async (client) => {
    // Under the lock of make_months() and prune(): both change what is granted here.
    await client.query(`
      SELECT pg_advisory_xact_lock(7809644627822568827);
      GRANT USAGE ON SCHEMA public TO ${APPLICATION_ROLE};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${APPLICATION_ROLE};
      REVOKE UPDATE, DELETE, TRUNCATE ON audit_event FROM ${APPLICATION_ROLE};
      REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_leaf, audit_node, audit_checkpoint, audit_prune, audit_set_aside FROM ${APPLICATION_ROLE};
      REVOKE UPDATE, DELETE, TRUNCATE ON audit_pending FROM ${APPLICATION_ROLE};
      REVOKE INSERT, UPDATE, DELETE ON key_check FROM ${APPLICATION_ROLE};
      REVOKE INSERT, DELETE, TRUNCATE ON policy FROM ${APPLICATION_ROLE};
      GRANT USAGE ON SCHEMA audit_log TO ${APPLICATION_ROLE};
      GRANT SELECT ON audit_log.access, audit_log.operation TO ${APPLICATION_ROLE};
      REVOKE ALL ON _prisma_migrations FROM ${APPLICATION_ROLE};
    `);
    if (!hasLedgerRole) return;
    await client.query(`
      GRANT USAGE ON SCHEMA public, audit_log TO ${LEDGER_ROLE};
      GRANT SELECT ON audit_event, audit_leaf, audit_node, audit_checkpoint, audit_pending, audit_prune TO ${LEDGER_ROLE};
      GRANT INSERT ON audit_leaf, audit_node, audit_checkpoint, audit_set_aside TO ${LEDGER_ROLE};
      GRANT DELETE ON audit_pending TO ${LEDGER_ROLE};
      GRANT EXECUTE ON FUNCTION audit_log.make_months, audit_log.prune TO ${LEDGER_ROLE};
    `);
  });
}

/** Runs `work` on a connection of its own to `url`. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000, application_name: 'latchkey boot' });
  client.on('error', () => {}); // the query in flight fails with the same error
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
