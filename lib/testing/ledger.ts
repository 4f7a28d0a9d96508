import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import pino from 'pino';
import { signerOf } from '@/lib/audit/ledger/note';
import { Sealer } from '@/lib/audit/ledger/seal';
import { withClient } from '@/lib/boot/roles';
import { pool } from '@/lib/db';
import { AccessLog } from '@/lib/gate/access-log';
import { newId } from '@/lib/id';
import { runtime } from '@/lib/runtime';

/** Who signs in the tests. */
export const testSigner = () => signerOf(runtime().keys);

/** Seals everything that is pending in the test's database, as the background does. */
export async function sealAll(url = runtime().ledgerUrl): Promise<void> {
  const sealer = new Sealer(testSigner(), pino({ level: 'silent' }));
  await withClient(url, async (client) => {
    while (await sealer.seal(client));
  });
}

/** Accesses as the gate stores them: all that are asked for at once share groups. */
export function testAccesses(): { pass: (count: number) => Promise<void> } {
  const log = new AccessLog(pool(), pino({ level: 'silent' }), () => {});
  return {
    async pass(count) {
      const stored = Array.from({ length: count }, (_, n) => {
        const at = Date.now();
        const userAgent = n % 3 === 0 ? null : `agent "${randomBytes(3).toString('hex')}" \\ é 北京 \u0001\u2028`;
        return log.passed({
          id: newId(at),
          at,
          tokenId: newId(at),
          ownerId: newId(at),
          generation: n % 5 === 0 ? 1 : null,
          reason: null,
          ip: n % 2 ? '192.0.2.7' : '2001:db8::1',
          userAgent,
          subject: 'GET x/y',
          scopes: n % 5 ? null : 'orders:read orders:write',
        });
      });
      await Promise.all(stored);
    },
  };
}

/** A client whose connection is cut before the statement after so many. */
export function endingAfter(client: Client, statements: number): Client {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  let left = statements;
  client.query = (async (...args: unknown[]) => {
    if (left-- === 0) await query('SELECT pg_terminate_backend(pg_backend_pid())');
    return query(...args);
  }) as typeof client.query;
  return client;
}
