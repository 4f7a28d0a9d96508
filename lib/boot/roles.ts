import { Client } from 'pg';
import { APPLICATION_ROLE } from '@/lib/db';

/**
 * Makes the role that the application works as, and lets `member` take it. Does nothing that is done already.
 * Gives false when the database's user may not do this; docs/operating.md has the two statements for an administrator.
 */
export async function ensureRole(url: string, member: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const found = await client.query(`SELECT pg_has_role($1::name, oid, 'MEMBER') AS member FROM pg_roles WHERE rolname = $2`, [
      member,
      APPLICATION_ROLE,
    ]);
    try {
      if (found.rowCount === 0) await client.query(`CREATE ROLE ${APPLICATION_ROLE} NOLOGIN`);
      if (!found.rows[0]?.member) await client.query(`GRANT ${APPLICATION_ROLE} TO ${client.escapeIdentifier(member)}`);
      return true;
    } catch (error) {
      const code = (error as { code?: string }).code;
      // Somebody else made it at the same moment, or this user may not make roles.
      if (code === '42710' || code === '23505') return ensureRole(url, member);
      if (code === '42501') return false;
      throw error;
    }
  });
}

/**
 * Lets the application's role sign in by itself, with this password (no quotes in it). `url` is a superuser's. Whoever signs in as
 * another role and then takes this one can give it back with SET ROLE NONE, and is the owner of the log again.
 */
export async function letIn(url: string, password: string): Promise<void> {
  await withClient(url, (client) => client.query(`ALTER ROLE ${APPLICATION_ROLE} LOGIN PASSWORD '${password}'`));
}

/** Grants the application's role what it needs in this database and no more: events can be added, never changed or removed. */
export async function grantTables(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`
      GRANT USAGE ON SCHEMA public TO ${APPLICATION_ROLE};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${APPLICATION_ROLE};
      REVOKE UPDATE, DELETE, TRUNCATE ON audit_event, audit_leaf, audit_node, audit_checkpoint FROM ${APPLICATION_ROLE};
      REVOKE UPDATE, TRUNCATE ON audit_pending FROM ${APPLICATION_ROLE};
      REVOKE INSERT, UPDATE, DELETE ON key_check FROM ${APPLICATION_ROLE};
      REVOKE ALL ON _prisma_migrations FROM ${APPLICATION_ROLE};
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
