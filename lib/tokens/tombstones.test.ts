import { expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken, deleteToken } from '@/lib/tokens/commands';
import { pruneTombstones } from '@/lib/tokens/tombstones';

testDatabase();

const prune = () => withClient(runtime().databaseUrl, pruneTombstones);

/** A token that was deleted before anything that the log still has. */
async function forgotten(owner: Actor, name: string): Promise<string> {
  const id = newId(new Date('2020-01-01'));
  const [createdAt, deletedAt] = [new Date('2020-01-01'), new Date('2020-02-01')];
  await db().token.create({ data: { id, ownerId: owner.userId, name, hint: 'lk_…abcd', createdAt, deletedAt } });
  await db().tokenSecret.create({ data: { digest: Buffer.from(id), keyId: 'k', tokenId: id, generation: 1, createdAt } });
  return id;
}

test('a deleted token is kept while the log or an alert says anything of it, and then it goes with its digests', async () => {
  const owner = await createActor();
  const expiration = { kind: 'never' } as const;
  const living = await createToken(owner, { name: 'living', description: '', expiration });
  const deleted = await createToken(owner, { name: 'deleted', description: '', expiration });
  await deleteToken(owner, { id: deleted.id, confirmName: 'deleted' });
  const [gone, tried, alerted] = [await forgotten(owner, 'gone'), await forgotten(owner, 'tried'), await forgotten(owner, 'alerted')];
  const at = new Date();
  const event = { event: 'token.refused', actorType: 'token', outcome: 'refused', reason: 'deleted' } as const;
  await db().auditEvent.create({ data: { ...event, id: newId(at), at, tokenId: tried } });
  const alert = { requests: 1, firstId: newId(at), lastId: newId(at), figures: {}, rule: 'dead_value', subject: alerted };
  await db().alert.create({ data: { ...alert, id: newId(at), tokenId: alerted } });

  expect(await prune()).toBe(false);
  const left = await db().token.findMany({ where: { ownerId: owner.userId }, select: { id: true } });
  expect(left.map(({ id }) => id).sort()).toEqual([living.id, deleted.id, tried, alerted].sort());
  expect(await db().tokenSecret.count({ where: { tokenId: gone } })).toBe(0);
  expect(await db().tokenSecret.count({ where: { tokenId: { in: [living.id, deleted.id, tried, alerted] } } })).toBe(4);
});
