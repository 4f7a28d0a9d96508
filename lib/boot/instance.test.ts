import { afterEach, expect, test } from 'vitest';
import { type Instance, join } from '@/lib/boot/instance';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { awaitReceipt, listInstances, receiptOf } from '@/lib/instances/queries';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { outcomeOf } from '@/lib/testing/people';
import { createToken, renameToken } from '@/lib/tokens/commands';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';
import { disableUser, enableUser } from '@/lib/users/commands';

const { url, adminUrl } = testDatabase();
const joined: Instance[] = [];
const heeded = new Map<Instance, number[]>();

async function start(): Promise<Instance> {
  const seen: number[] = [];
  const instance = join({ databaseUrl: url, port: 3000, log: runtime().log, heed: (version) => seen.push(version) });
  joined.push(instance);
  heeded.set(instance, seen);
  await expect.poll(() => seen.length, { timeout: 5000 }).toBeGreaterThan(0);
  return instance;
}

afterEach(async () => {
  await Promise.all(joined.splice(0).map((instance) => instance.leave()));
  await db().instance.deleteMany();
});

async function tokenOf(actor: Awaited<ReturnType<typeof createActor>>, name: string): Promise<string> {
  return (await createToken(actor, { name, description: '', expiration: { kind: 'never' } })).id;
}

test('a change holds on every instance within moments, and the receipt says so', async () => {
  const actor = await createActor();
  const id = await tokenOf(actor, 'Everywhere');
  expect(await receiptOf(actor, { tokenId: id })).toBeNull();
  await Promise.all([start(), start(), start()]);
  await suspendToken(actor, { id, reason: 'Leaked' });
  const receipt = await awaitReceipt(actor, { tokenId: id });
  expect(receipt).toMatchObject({ instances: 3, held: 3 });
  expect(receipt?.milliseconds).toBeLessThan(1000);
  await renameToken(actor, { id, name: 'Renamed' });
  expect(await receiptOf(actor, { tokenId: id }), 'a name opens and closes nothing').toMatchObject({ at: receipt?.at });
});

test('an instance that is told nothing finds out by its next heartbeat', async () => {
  const actor = await createActor();
  const id = await tokenOf(actor, 'Cut off');
  const instance = await start();
  // Another name for the channel: the word of the commit reaches nobody.
  const alter = (from: string, to: string) =>
    withClient(adminUrl, async (client) => {
      const { rows } = await client.query<{ body: string }>(`SELECT pg_get_functiondef('count_grant_version'::regproc) AS body`);
      await client.query(rows[0]?.body.replaceAll(from, to) ?? '');
    });
  await alter('latchkey_grants', 'latchkey_nobody');
  await suspendToken(actor, { id, reason: 'Leaked' });
  await expect.poll(() => receiptOf(actor, { tokenId: id }), { timeout: 5000 }).toMatchObject({ instances: 1, held: 1 });
  expect(heeded.get(instance)).toHaveLength(2);
  await alter('latchkey_nobody', 'latchkey_grants');
});

test('a connection that is lost is replaced, and what happened meanwhile is caught up with', async () => {
  const actor = await createActor();
  const id = await tokenOf(actor, 'Lost');
  await start();
  await withClient(adminUrl, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'latchkey instance' AND datname = current_database()`,
    ),
  );
  await suspendToken(actor, { id, reason: 'Leaked' });
  await expect.poll(() => receiptOf(actor, { tokenId: id }), { timeout: 8000 }).toMatchObject({ instances: 1, held: 1 });
});

test('an instance that left or vanished is not waited for; one that is late is named as missing', async () => {
  const actor = await createActor();
  const id = await tokenOf(actor, 'Counted');
  const [leaver] = await Promise.all([start(), start()]);
  await leaver?.leave();
  const seen = (ago: string) => `clock_timestamp() - interval '${ago}'`;
  await db().$executeRawUnsafe(`INSERT INTO instance (id, name, started_at, seen_at) VALUES
    (gen_random_uuid(), 'vanished', ${seen('1 hour')}, ${seen('1 minute')}), (gen_random_uuid(), 'hangs', ${seen('1 hour')}, ${seen('2 seconds')})`);
  await suspendToken(actor, { id, reason: 'Leaked' });
  expect(await awaitReceipt(actor, { tokenId: id })).toMatchObject({ instances: 2, held: 1 });
  expect((await listInstances(await createActor('auditor'))).map(({ isAlive }) => isAlive)).toEqual([true, true, false, false]);
});

test('an instance that came after a change is not asked about it', async () => {
  const actor = await createActor();
  const id = await tokenOf(actor, 'Earlier');
  await suspendToken(actor, { id, reason: 'Leaked' });
  await start();
  expect(await receiptOf(actor, { tokenId: id })).toBeNull();
  await resumeToken(actor, { id });
  expect(await awaitReceipt(actor, { tokenId: id })).toMatchObject({ instances: 1, held: 1 });
});

test('of a user’s newest change one learns the same: it is about all of their tokens', async () => {
  const [admin, user] = [await createActor('admin'), await createActor()];
  await Promise.all([start(), start()]);
  expect(await receiptOf(admin, { userId: user.userId })).toBeNull();
  await disableUser(admin, { id: user.userId });
  const disabled = await awaitReceipt(admin, { userId: user.userId });
  expect(disabled).toMatchObject({ instances: 2, held: 2 });
  await enableUser(admin, { id: user.userId });
  expect(Date.parse((await awaitReceipt(admin, { userId: user.userId }))?.at ?? '')).toBeGreaterThan(Date.parse(disabled?.at ?? ''));
  expect(await outcomeOf(awaitReceipt(await createActor(), { userId: user.userId }))).toBe('not_found');
});

test('who may not see the token learns nothing, and members nothing of the instances', async () => {
  const id = await tokenOf(await createActor(), 'Hidden');
  const other = await createActor();
  expect(await outcomeOf(receiptOf(other, { tokenId: id }))).toBe('not_found');
  expect(await outcomeOf(awaitReceipt(other, { tokenId: id }))).toBe('not_found');
  expect(await outcomeOf(listInstances(other))).toBe('not_found');
});
