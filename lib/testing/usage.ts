import type { Client } from 'pg';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import type { Prisma } from '@/lib/generated/prisma/client';
import { momentOf, newId } from '@/lib/id';
import { sealAll } from '@/lib/testing/ledger';
import { rollUpUsage } from '@/lib/usage/roll-up';

export type TestAccess = {
  at: Date;
  tokenId?: string;
  actorId?: string;
  reason?: string;
  ip?: string | null;
  scopes?: string;
  count?: number;
};

/** Writes accesses as the gate does: all of one call are a leaf, which waits to be sealed. */
export async function writeAccesses(...accesses: TestAccess[]): Promise<void> {
  const rows: Prisma.AuditEventCreateManyInput[] = accesses.map((access) => ({
    id: newId(access.at),
    event: access.reason ? 'token.refused' : 'token.used',
    actorType: 'token',
    outcome: access.reason ? 'refused' : 'ok',
    ip: '192.0.2.7',
    ...access,
  }));
  const ids = rows.map(({ id }) => id).sort();
  const leafId = newId(momentOf(ids[0] ?? '') - 1);
  await db().auditEvent.createMany({ data: rows.map((row) => ({ ...row, leafId })) });
  await db().auditPending.create({ data: { leafId, lastId: ids.at(-1) ?? '', events: rows.length } });
}

/** Adds up everything that was logged, as the background does. */
export async function rollUpAll(url: string, roll: (client: Client) => Promise<boolean> = rollUpUsage): Promise<void> {
  await sealAll();
  await withClient(url, async (client) => {
    while (await roll(client));
  });
}
