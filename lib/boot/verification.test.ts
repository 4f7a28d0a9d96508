import { Writable } from 'node:stream';
import { Client } from 'pg';
import pino from 'pino';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { record } from '@/lib/audit/record';
import { requestVerification } from '@/lib/audit/verification/commands';
import { getIntegrity, getVerification } from '@/lib/audit/verification/queries';
import { type Leader, lead } from '@/lib/boot/leader';
import { withClient } from '@/lib/boot/roles';
import { verificationJob } from '@/lib/boot/verification';
import { db, transaction } from '@/lib/db';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll, testAccesses, testSigner } from '@/lib/testing/ledger';

const database = testDatabase();
const leaders: Leader[] = [];
let auditor: Actor;
let lines: Record<string, unknown>[];

const log = pino(
  new Writable({
    write(line, _, done) {
      lines.push(JSON.parse(line));
      done();
    },
  }),
);

beforeAll(async () => {
  const { pass } = testAccesses();
  for (let round = 0; round < 3; round++) {
    await Promise.all(
      Array.from({ length: 40 }, () => transaction((tx, now) => record(tx, now, 'system', { event: 'user.updated', changes: {} }))),
    );
    await pass(10);
    await sealAll();
  }
  auditor = await createActor('auditor');
});

beforeEach(async () => {
  lines = [];
  await db().auditVerification.deleteMany();
});

afterEach(async () => {
  await Promise.all(leaders.splice(0).map((leader) => leader.stop()));
});

/** The background of one process, which looks for work all the time. */
function background(): Leader {
  const leader = lead(database.url, [{ ...verificationJob(database.url, testSigner().verifier, log), pause: 20 }], log);
  leaders.push(leader);
  return leader;
}

const newest = () => getVerification(auditor);
const ended = (state: string) => expect.poll(async () => (await newest())?.state, { timeout: 10_000 }).toBe(state);

/** Holds up every verification where it has read all, until what it gives is called. */
async function holdUp(): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: database.adminUrl });
  client.on('error', () => {});
  await client.connect();
  await client.query('BEGIN; LOCK TABLE audit_pending IN ACCESS EXCLUSIVE MODE');
  return async () => {
    await client.end();
  };
}

test('one that is asked for is made in the background, kept, and recorded as by whoever asked', async () => {
  expect(await getIntegrity(auditor)).toMatchObject({ last: null, newest: null });
  const asked = await requestVerification(auditor);
  expect(asked).toMatchObject({ state: 'waiting', kind: 'asked', by: auditor.name });
  background();
  await ended('whole');
  const leaves = await db().auditLeaf.count();
  const { last, key, checkpoint } = await getIntegrity(auditor);
  expect(last).toMatchObject({ id: asked.id, done: leaves, total: leaves, found: 0, problems: [], by: auditor.name });
  expect(last?.events).toBeGreaterThan(100);
  expect(checkpoint).toMatchObject({ leaves });
  expect(key).toMatch(/^latchkey-[^+]+\+[0-9a-f]{8}\+/);
  const event = await db().auditEvent.findFirstOrThrow({ where: { event: 'audit.verified' }, orderBy: { id: 'desc' } });
  expect(event).toMatchObject({ actorId: auditor.userId, outcome: 'ok', requestId: auditor.origin.requestId, ip: '192.0.2.1' });
  await sealAll();
});

test('asking while one waits or runs gives that one, however many ask at once', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => requestVerification(auditor)));
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  const release = await holdUp();
  background();
  await ended('running');
  expect((await requestVerification(await createActor('admin'))).id).toBe(all[0]?.id);
  await release();
  await ended('whole');
  expect(await db().auditVerification.count()).toBe(1);
  expect((await requestVerification(auditor)).id).not.toBe(all[0]?.id);
  await sealAll();
});

test('what only a person can judge is kept and recorded too: false dates, prunes, what could not be sealed', async () => {
  const past = new Date(Date.now() - 4 * 365 * 86_400_000);
  await transaction((tx) => record(tx, past, 'system', { event: 'user.updated' }));
  await withClient(database.url, (client) =>
    client.query('INSERT INTO audit_pending SELECT leaf_id, last_id, events FROM audit_leaf WHERE number = 1'),
  );
  await sealAll();
  await withClient(database.adminUrl, async (client) => {
    await client.query(`UPDATE policy SET keep_operations_months = 36, retention_changed_at = now() - interval '9 days'`);
    await client.query(`SELECT audit_log.prune('operation')`);
    await client.query('UPDATE policy SET keep_operations_months = NULL');
  });
  await transaction((tx) => record(tx, new Date(Date.now() - 2 * 3_600_000), 'system', { event: 'user.updated' }));
  await sealAll();
  await requestVerification(auditor);
  background();
  await ended('whole');
  const pruned = await db().auditEvent.findFirstOrThrow({ where: { event: 'audit.pruned' } });
  const prune = { eventId: pruned.id, kind: 'operation', at: pruned.at.toISOString(), events: 1 };
  expect((await getIntegrity(auditor)).last).toMatchObject({ found: 0, late: 1, setAside: 1, pruned: 1, prunes: [prune] });
  const { changes } = await db().auditEvent.findFirstOrThrow({ where: { event: 'audit.verified' }, orderBy: { id: 'desc' } });
  expect(changes).toMatchObject({ problems: [null, 0], late: [null, 1], prunes: [null, 1], setAside: [null, 1] });
  await sealAll();
});

test('an event that was edited is told on the page and in the log, with its place and its time', async () => {
  const { rows } = await withClient(database.adminUrl, async (client) => {
    await client.query('SET session_replication_role = replica');
    const found = await client.query<{ id: string; at: Date }>(
      'SELECT id, at FROM audit_event JOIN audit_leaf ON id = audit_leaf.leaf_id WHERE number = 20',
    );
    await client.query(`UPDATE audit_event SET changes = '{"x": [1, 2]}' WHERE id = $1`, [found.rows[0]?.id]);
    return found;
  });
  const at = rows[0]?.at.toISOString();
  await requestVerification(auditor);
  background();
  await ended('changed');
  const { last } = await getIntegrity(auditor);
  expect(last).toMatchObject({ found: 1, problems: [{ kind: 'event_changed', leaf: '20', from: at, to: at }] });
  expect(lines.find(({ level }) => level === 50)).toMatchObject({ first: { leaf: '20', from: at }, problems: 1 });
  const event = await db().auditEvent.findFirstOrThrow({ where: { event: 'audit.verified' }, orderBy: { id: 'desc' } });
  expect(event).toMatchObject({ outcome: 'refused', reason: 'changed' });
  await withClient(database.adminUrl, (client) =>
    client.query(`SET session_replication_role = replica; UPDATE audit_event SET changes = '{}' WHERE id = '${rows[0]?.id}'`),
  );
  await sealAll();
});

test('a stop ends a verification at once and says that it was interrupted; another can be asked for', async () => {
  const release = await holdUp();
  await requestVerification(auditor);
  const leader = background();
  await ended('running');
  const began = performance.now();
  await leader.stop();
  expect(performance.now() - began).toBeLessThan(2500);
  await release();
  expect(await newest()).toMatchObject({ state: 'interrupted' });
  expect((await requestVerification(auditor)).state).toBe('waiting');
});

test('one whose process died is marked as interrupted by the next, and counts for nothing', async () => {
  const { id } = await requestVerification(auditor);
  await db().auditVerification.update({ where: { id }, data: { state: 'running', done: 7, total: 100 } });
  background();
  await ended('interrupted');
  expect((await getIntegrity(auditor)).last).toBeNull();
});

test('one that was cut off from the database is interrupted and not believed', async () => {
  const release = await holdUp();
  await requestVerification(auditor);
  background();
  await ended('running');
  await withClient(database.adminUrl, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'latchkey boot' AND pid <> pg_backend_pid() AND datname = current_database()`,
    ),
  );
  await ended('interrupted');
  await release();
});

test('once a day one is made by itself: a day after the last, an hour after one that was interrupted, and never beside another', async () => {
  const daily = () => db().auditVerification.count({ where: { kind: 'daily' } });
  const round = () =>
    withClient(database.url, (client) =>
      verificationJob(database.url, testSigner().verifier, log).work(client, AbortSignal.timeout(60_000)),
    );
  const past = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  const row = (state: 'whole' | 'interrupted', hours: number) => {
    const at = past(hours);
    return db().auditVerification.create({ data: { id: crypto.randomUUID(), kind: 'asked', state, askedAt: at, finishedAt: at } });
  };
  await round();
  expect(await daily(), 'the log has just begun').toBe(0);
  await row('whole', 25);
  await row('interrupted', 0.5);
  await round();
  expect(await daily(), 'one was interrupted half an hour ago').toBe(0);
  await db().auditVerification.updateMany({ where: { state: 'interrupted' }, data: { finishedAt: past(2) } });
  await round();
  expect(await daily()).toBe(1);
  expect(await newest()).toMatchObject({ kind: 'daily', state: 'whole', by: null });
  await round();
  expect(await daily()).toBe(1);
});
