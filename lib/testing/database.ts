import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, inject } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { closeDatabase, db } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import { newId } from '@/lib/id';
import { deriveKeys } from '@/lib/keys';
import type { Actor, Role } from '@/lib/permissions/permissions';
import { installRuntime } from '@/lib/runtime';
import { TEMPLATE, TEST_SECRET_KEY } from '@/lib/testing/names';

/**
 * Gives the test file a database of its own, cloned from the migrated template, and the runtime over it.
 * The result's `url` belongs to the application's role, `ledgerUrl` to the ledger's, `adminUrl` to the server's superuser, both in this database.
 */
export function testDatabase(): { readonly url: string; readonly ledgerUrl: string; readonly adminUrl: string } {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = inject('adminUrl');
  const within = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).toString();
  const url = within(inject('applicationUrl'));
  const ledgerUrl = within(inject('ledgerUrl'));

  beforeAll(async () => {
    await withClient(admin, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} OWNER latchkey`));
    const env = parseEnv({
      NODE_ENV: 'test',
      DATABASE_URL: 'postgresql://localhost/unused',
      SECRET_KEY: TEST_SECRET_KEY.toString('base64'),
    });
    installRuntime({ env, keys: deriveKeys(TEST_SECRET_KEY), log: pino({ level: 'silent' }), databaseUrl: url, ledgerUrl });
  });
  afterAll(async () => {
    await closeDatabase();
    await withClient(admin, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });
  return { url, ledgerUrl, adminUrl: within(admin) };
}

/** A user in the test database, as the actor of a session from 192.0.2.1. */
export async function createActor(
  role: Role = 'member',
  fields: { email?: string; name?: string; disabledAt?: Date } = {},
): Promise<Actor> {
  const id = newId(new Date());
  const email = fields.email ?? `${role}-${id}@example.org`;
  const name = fields.name ?? `${role} ${id.slice(-4)}`;
  await db().user.create({
    data: { id, email, emailKey: email.toLowerCase(), name, role, createdAt: new Date(), disabledAt: fields.disabledAt },
  });
  return {
    userId: id,
    sessionId: newId(new Date()),
    role,
    name,
    email,
    timeZone: null,
    theme: 'system',
    locale: null,
    origin: { ip: '192.0.2.1', userAgent: 'vitest', requestId: newId(new Date()) },
  };
}
