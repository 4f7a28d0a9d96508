import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { record } from '@/lib/audit/record';
import { withClient } from '@/lib/boot/roles';
import { db, transaction } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { installRuntime, runtime } from '@/lib/runtime';
import { openAgents, pinOf } from '@/lib/streams/agents';
import { changeStream, createStream, deleteStream, pauseStream, resumeStream, rotateSigningKey } from '@/lib/streams/commands';
import { deliverNext, MOST_DEAD_LETTERS } from '@/lib/streams/deliver';
import { Pace } from '@/lib/streams/pace';
import { listRefusedBatches, listStreams } from '@/lib/streams/queries';
import { StreamRunner } from '@/lib/streams/runner';
import type { StreamEvents } from '@/lib/streams/schema';
import { openSecret, sealSecret } from '@/lib/streams/secrets';
import { type Parcel, send } from '@/lib/streams/send';
import { discardBatch, resendBatch, testStream } from '@/lib/streams/trials';
import { selfMadeCertificate } from '@/lib/testing/certificate';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll, testAccesses } from '@/lib/testing/ledger';
import { eventsOf } from '@/lib/testing/people';
import { type HookReceiver, hookReceiver, syslogReceiver } from '@/lib/testing/receivers';

/*
 * Streams to receivers that are there: what arrives, in what order, and what happens when they fail.
 */

const database = testDatabase();
let admin: Actor;
let sinkDir: string;
const hooks: HookReceiver[] = [];
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  sinkDir = await mkdtemp(join(tmpdir(), 'latchkey-sinks-'));
  allow('127.0.0.0/8');
  admin = await createActor('admin');
});

afterEach(async () => {
  allow('127.0.0.0/8');
  await Promise.all(ends.splice(0).map((end) => end()));
  for (const hook of hooks.splice(0)) {
    await hook.close();
    expect(hook.faults, 'every signature is right').toEqual([]);
  }
  await db().sink.deleteMany();
});

afterAll(() => rm(sinkDir, { recursive: true }));

/** Sets the networks that streams may go to besides public ones. */
function allow(networks: string): void {
  const env = parseEnv({
    ...{ NODE_ENV: 'test', DATABASE_URL: 'postgresql://localhost/unused', SECRET_KEY: Buffer.alloc(32, 1).toString('base64') },
    ...{ SINK_DIR: sinkDir, SINK_ALLOWED_NETWORKS: networks, BASE_URL: 'https://tokens.example.org' },
  });
  installRuntime({ ...runtime(), env });
}

async function hookStream(answer?: HookReceiver['answer'], events?: StreamEvents): Promise<{ hook: HookReceiver; id: string }> {
  const hook = await hookReceiver();
  hooks.push(hook);
  if (answer) hook.answer = answer;
  const { id, signingKey } = await createStream(admin, { kind: 'webhook', name: name(), start: 'now', events, url: hook.url, ca: '' });
  hook.signingKey = signingKey as string;
  return { hook, id };
}

const name = () => `stream ${randomBytes(4).toString('hex')}`;

async function accesses(count: number): Promise<void> {
  await testAccesses().pass(count);
  await sealAll();
}

/** The ids of all events that are sealed, from the first that the stream is to have. */
async function sealedSince(position: bigint): Promise<string[]> {
  const { rows } = await withClient(database.url, (client) =>
    client.query<{ id: string }>(
      `SELECT e.id FROM audit_leaf l JOIN audit_event e ON coalesce(e.leaf_id, e.id) = l.leaf_id WHERE l.number >= $1 ORDER BY l.number, e.id`,
      [position],
    ),
  );
  return rows.map(({ id }) => id);
}

const positionOf = async (id: string) => (await db().sink.findUniqueOrThrow({ where: { id } })).position;
const idsOf = (hook: HookReceiver) => hook.taken.flatMap(({ events }) => events.map((event) => event.id));
const never = () => new AbortController().signal;

/** Makes a failing stream due at once, so that no test waits for its pause. */
const hurry = (id: string) => db().sink.updateMany({ where: { id }, data: { nextTryAt: null } });

async function deliverAll(id: string): Promise<void> {
  await hurry(id);
  const line = { pace: new Pace() };
  while (await deliverNext(id, never(), line));
}

test('a webhook gets every event once, in the order of the log, in batches that split large groups, signed so that the scheme’s library agrees', async () => {
  const { hook, id } = await hookStream();
  const from = await positionOf(id);
  await accesses(700);
  await deliverAll(id);
  const expected = await sealedSince(from);
  expect(expected.length).toBeGreaterThan(700);
  expect(idsOf(hook)).toEqual(expected);
  expect(hook.taken[0]?.events).toHaveLength(250);
  expect(new Set(hook.tries).size, 'each batch has an id of its own').toBe(hook.tries.length);
  expect((await listStreams(admin))[0]).toMatchObject({ status: 'active', lag: { events: 0, more: false, since: null } });
  const fields = Object.keys(hook.taken[0]?.events[0] ?? {});
  expect(fields).toEqual(expect.arrayContaining(['id', 'at', 'event', 'actor', 'token', 'outcome', 'ip', 'userAgent']));
});

test('after its key was rotated, a receiver with the old key and one with the new key accept what comes, until the overlap ends', async () => {
  const { hook, id } = await hookStream();
  const [from, old] = [await positionOf(id), hook.signingKey];
  const { signingKey } = await rotateSigningKey(admin, { id, overlapHours: 1 });
  // Nothing but what the receiver’s library says of each request (see afterEach).
  for (const key of [old, signingKey, old]) {
    hook.signingKey = key;
    await accesses(2);
    await deliverAll(id);
  }
  expect(idsOf(hook)).toEqual(await sealedSince(from));
  const { stream } = runtime().keys;
  const { secret } = await db().sink.findUniqueOrThrow({ where: { id } });
  const opened = openSecret(stream, id, secret as Uint8Array);
  const ended = { ...opened, oldKeys: [{ signingKey: old, until: new Date(Date.now() - 1).toISOString() }] };
  await db().sink.update({ where: { id }, data: { secret: sealSecret(stream, id, ended) } });
  await accesses(1);
  await deliverAll(id);
  expect(hook.faults.splice(0), 'the old key no longer signs').toEqual(['No matching signature found']);
  hook.signingKey = signingKey;
  await deliverAll(id);
  expect(idsOf(hook)).toEqual(await sealedSince(from));
});

test('after a 500 the same events come again under the same id, whatever was added since; the stream says why and recovers', async () => {
  const { hook, id } = await hookStream(() => ({ status: 500 }));
  await accesses(3);
  await deliverAll(id);
  await accesses(40);
  await deliverAll(id);
  const [failing] = await listStreams(admin);
  expect(failing).toMatchObject({ status: 'failing', problem: { code: 'status', detail: '500' } });
  expect(failing?.nextTryAt && failing.failingSince).toBeTruthy();
  expect(failing?.lag.events).toBeGreaterThan(40);
  hook.answer = () => ({ status: 200 });
  await deliverAll(id);
  expect(hook.tries[0]).toBe(hook.tries[1]);
  expect(hook.tries[2], 'once more after the recovery').toBe(hook.tries[0]);
  expect(new Set(idsOf(hook)).size).toBe(idsOf(hook).length);
  expect((await listStreams(admin))[0]).toMatchObject({ status: 'active', problem: null, failingSince: null });
});

test('pauses between tries grow and honour Retry-After; a stream that waits is not tried', async () => {
  const { hook, id } = await hookStream(() => ({ status: 503, headers: { 'retry-after': '120' } }));
  await accesses(1);
  await deliverAll(id);
  expect(await deliverNext(id, never())).toBe(false);
  expect(hook.tries).toHaveLength(1);
  const waits = async () => {
    const { nextTryAt } = await db().sink.findUniqueOrThrow({ where: { id } });
    return ((nextTryAt?.getTime() ?? 0) - Date.now()) / 1000;
  };
  expect(await waits()).toBeGreaterThan(100);
  hook.answer = () => ({ status: 500 });
  for (let n = 0; n < 12; n++) await deliverAll(id);
  expect(await waits()).toBeGreaterThan(140);
  expect(await waits()).toBeLessThanOrEqual(300);
});

test('a batch that is refused with 400 five times is put aside, the next ones arrive; it can be sent again, under its id, or discarded', async () => {
  const { hook, id } = await hookStream(() => ({ status: 400 }));
  await accesses(2);
  for (let n = 0; n < 5; n++) await deliverAll(id);
  expect(new Set(hook.tries).size).toBe(1);
  const [refused] = await listRefusedBatches(admin);
  expect(refused).toMatchObject({ problem: { code: 'status', detail: '400' } });
  hook.answer = () => ({ status: 200 });
  await accesses(2);
  await deliverAll(id);
  expect(hook.taken.length).toBe(1);
  expect((await listStreams(admin))[0]).toMatchObject({ refusedBatches: 1, lag: { events: 0 } });

  hook.answer = () => ({ status: 422 });
  expect(await resendBatch(admin, { id: refused?.id as string })).toEqual({ code: 'status', detail: '422' });
  hook.answer = () => ({ status: 200 });
  expect(await resendBatch(admin, { id: refused?.id as string })).toBeNull();
  expect(hook.tries.at(-1)).toBe(hook.tries[0]);
  expect(await listRefusedBatches(admin)).toEqual([]);
  expect(await db().auditEvent.count({ where: { event: 'stream.resent', actorId: admin.userId } })).toBe(2);

  hook.answer = () => ({ status: 413 });
  await accesses(1);
  for (let n = 0; n < 5; n++) await deliverAll(id);
  const [another] = await listRefusedBatches(admin);
  await discardBatch(admin, { id: another?.id as string });
  expect(await listRefusedBatches(admin)).toEqual([]);
  expect((await eventsOf('stream.changed')).at(-1)?.changes).toMatchObject({ refusedEvents: [another?.events, 0] });
});

test('a target that takes less at once gets less, in order and once each; what is too large by itself is put aside, alone', async () => {
  const { hook, id } = await hookStream();
  const from = await positionOf(id);
  await accesses(900);
  const expected = await sealedSince(from);
  const huge = expected[333];
  hook.answer = ({ events }) => ({ status: events.length > 100 || events.some((event) => event.id === huge) ? 413 : 200 });
  for (let n = 0; n < 6; n++) await deliverAll(id);
  expect(idsOf(hook)).toEqual(expected.filter((one) => one !== huge));
  expect(await listRefusedBatches(admin)).toMatchObject([{ events: 1, problem: { code: 'status', detail: '413' } }]);
  expect((await listStreams(admin))[0]).toMatchObject({ status: 'active', lag: { events: 0 } });
});

test('a batch stays under a megabyte, whatever its events are', async () => {
  const { hook, id } = await hookStream();
  const from = await positionOf(id);
  const now = Date.now();
  const leafId = newId(now - 1);
  const rows = Array.from({ length: 700 }, (_, n) => {
    const at = new Date(now + n);
    return { id: newId(at), at, leafId, event: 'token.used', actorType: 'token', outcome: 'ok', userAgent: '北'.repeat(500) } as const;
  });
  await db().auditEvent.createMany({ data: rows });
  await db().auditPending.create({ data: { leafId, lastId: rows.at(-1)?.id ?? '', events: rows.length } });
  await sealAll();
  const line = { pace: new Pace() };
  line.pace.taken(250, 1, 2000);
  line.pace.taken(500, 1, 2000);
  while (await deliverNext(id, never(), line));
  expect(idsOf(hook)).toEqual(await sealedSince(from));
  const sizes = hook.taken.map((one) => Buffer.byteLength(JSON.stringify(one)));
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBeLessThan(1_000_000);
});

test('while a stream has something to send its connection stays; one that the target closed meanwhile is no failure', async () => {
  const { hook, id } = await hookStream();
  const from = await positionOf(id);
  await accesses(1200);
  const agents = openAgents();
  const line = { pace: new Pace(), agents };
  expect(await deliverNext(id, never(), line)).toBe(true);
  expect(await deliverNext(id, never(), line)).toBe(true);
  expect([hook.taken.length, hook.connections]).toEqual([2, 1]);
  hook.hangUp();
  while (await deliverNext(id, never(), line));
  expect(hook.connections).toBe(2);
  expect(idsOf(hook)).toEqual(await sealedSince(from));
  expect(await db().sink.findUniqueOrThrow({ where: { id } })).toMatchObject({ attempts: 0, lastError: null });
  agents.close();
});

test('an open connection is used for no request but those for which its very addresses were checked', () => {
  const agents = openAgents();
  const nameOf = (...addresses: string[]) =>
    agents.https.getName({
      host: 'siem.example.org',
      port: 443,
      pinned: pinOf(addresses.map((address) => ({ address, family: 4 }))),
    } as object);
  expect(nameOf('192.0.2.1', '192.0.2.2')).toBe(nameOf('192.0.2.2', '192.0.2.1'));
  expect(nameOf('192.0.2.1')).not.toBe(nameOf('192.0.2.2'));
  expect(nameOf('192.0.2.1')).not.toBe(nameOf('192.0.2.1', '192.0.2.2'));
  agents.close();
});

test('a stream of operations, or of alerts, gets nothing else, passes the rest without a request, and is behind by what is for it alone', async () => {
  const { hook: operations, id: first } = await hookStream(undefined, 'operations');
  const { hook: alerts, id: second } = await hookStream(undefined, 'alerts');
  await accesses(400);
  await deliverAll(first);
  const before = operations.tries.length;
  await accesses(400);
  const stands = await positionOf(second);
  expect((await listStreams(admin)).map(({ lag }) => lag.events)).toEqual([0, 0]);
  await deliverAll(first);
  await deliverAll(second);
  expect([operations.tries.length, alerts.tries.length]).toEqual([before, 0]);
  expect(await positionOf(second)).toBeGreaterThan(stands);
  expect(await testStream(await createActor('admin'), { id: second }), 'a test arrives whatever it sends').toBeNull();
  alerts.taken.splice(0);

  const stopped = alerts.tries.length;
  alerts.answer = () => ({ status: 500 });
  for (let n = 0; n < 3; n++) {
    await transaction(async (tx, now) => {
      await record(tx, now, admin, { event: 'alert.rule_changed', changes: { rule: ['dormant', 'dormant'], days: [n, n + 1] } });
    });
    await accesses(300);
  }
  await sealAll();
  const behind = async () => (await listStreams(admin)).find(({ id }) => id === second);
  expect(await behind()).toMatchObject({ events: 'alerts', lag: { events: 3, more: false, since: expect.any(String) } });
  await deliverAll(second);
  await accesses(10);
  alerts.answer = () => ({ status: 200 });
  await deliverAll(second);
  const again = alerts.tries.slice(stopped);
  expect(again).toEqual([again[0], again[0]]);
  expect(alerts.taken.flatMap(({ events }) => events.map(({ event }) => event))).toEqual(Array(3).fill('alert.rule_changed'));
  expect(await behind()).toMatchObject({ status: 'active', lag: { events: 0, since: null } });
  await deliverAll(first);
  const kinds = new Set(operations.taken.flatMap(({ events }) => events.map(({ event }) => event)));
  expect([kinds.has('alert.rule_changed'), kinds.has('stream.tested'), kinds.has('token.used')]).toEqual([true, true, false]);

  // From then on everything, and nothing twice; the change is in the log, before and after.
  alerts.taken.splice(0);
  const { name: called } = await db().sink.findUniqueOrThrow({ where: { id: second } });
  const from = await positionOf(second);
  await changeStream(admin, { id: second, kind: 'webhook', name: called, events: 'everything', ca: '' });
  await accesses(5);
  await deliverAll(second);
  expect(idsOf(alerts)).toEqual(await sealedSince(from));
  expect((await eventsOf('stream.changed')).at(-1)?.changes).toEqual({ name: [called, called], sends: ['alerts', 'everything'] });
});

test('a refused batch of a stream of operations is sent again as it was, whatever the stream sends by now', async () => {
  const { hook, id } = await hookStream(() => ({ status: 400 }), 'operations');
  await accesses(30);
  for (let n = 0; n < 5; n++) await deliverAll(id);
  const { name: called } = await db().sink.findUniqueOrThrow({ where: { id } });
  await changeStream(admin, { id, kind: 'webhook', name: called, events: 'everything', ca: '' });
  const [refused] = await listRefusedBatches(admin);
  hook.answer = () => ({ status: 200 });
  expect(await resendBatch(admin, { id: refused?.id as string })).toBeNull();
  expect(hook.tries.at(-1)).toBe(hook.tries[0]);
  expect(hook.taken[0]?.events.some(({ event }) => event === 'token.used')).toBe(false);
  expect(hook.taken[0]?.events).toHaveLength(refused?.events ?? 0);
});

test('a stdout that nobody reads is a problem that is said, and nothing piles up behind it', async () => {
  const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => false);
  try {
    const attempt = () => send({ id: 'x', kind: 'stdout', settings: { target: 'stdout' }, secret: null }, parcel, AbortSignal.timeout(50));
    const parcel: Parcel = { id: 'msg_1', type: 'audit.events', encoded: ['{}\n'] };
    for (let n = 0; n < 3; n++) await expect(attempt()).rejects.toMatchObject({ code: 'timeout' });
    expect(written).toHaveBeenCalledTimes(1);
    // Somebody reads again.
    const taken = written.mock.calls[0]?.[1] as unknown as () => void;
    written.mockImplementation(((_: string, done: () => void) => done()) as typeof process.stdout.write);
    taken();
    await expect(attempt()).resolves.toBeUndefined();
    expect(written).toHaveBeenCalledTimes(2);
  } finally {
    written.mockRestore();
  }
});

test('no more than so many batches are put aside: then the stream waits, and nothing is left out', async () => {
  const { id } = await hookStream(() => ({ status: 404 }));
  const rows = Array.from(
    { length: MOST_DEAD_LETTERS },
    (_, n) => `(gen_random_uuid(), '${id}', ${1_000_000 + n}, 0, 1, 'status 404', now())`,
  );
  await db().$executeRawUnsafe(`INSERT INTO sink_dead_letter (id, sink_id, position, skip, batch, error, at) VALUES ${rows.join(',')}`);
  await accesses(1);
  const before = await positionOf(id);
  for (let n = 0; n < 6; n++) await deliverAll(id);
  expect(await positionOf(id)).toBe(before);
});

test('a process that dies between a delivery and its note sends that batch again, the same under the same id, and nothing else', async () => {
  const { hook, id } = await hookStream();
  const from = await positionOf(id);
  await accesses(600);
  // The process is gone once the target has the second batch: nothing is written any more.
  const dying = new AbortController();
  hook.answer = () => {
    if (hook.taken.length < 1) return { status: 200 };
    dying.abort();
    hook.taken.push({ id: 'lost', type: '', events: [] });
    return null;
  };
  while (await deliverNext(id, dying.signal));
  await accesses(100);
  hook.answer = () => ({ status: 200 });
  hook.taken.splice(1);
  await deliverAll(id);
  expect(hook.tries[1]).toBe(hook.tries[2]);
  expect(idsOf(hook)).toEqual(await sealedSince(from));
});

test('a target that hangs delays no other', async () => {
  const silent = await syslogReceiver({ hangs: true });
  ends.push(silent.close);
  await createStream(admin, { kind: 'syslog', name: name(), start: 'now', host: '127.0.0.1', port: silent.port, tls: false, ca: '' });
  const { hook: hanging } = await hookStream(() => null);
  const { hook } = await hookStream();
  const runner = new StreamRunner(pino({ level: 'silent' }));
  const stopping = new AbortController();
  await withClient(database.url, async (client) => {
    await accesses(300);
    await expect
      .poll(async () => {
        await runner.round(client, stopping.signal);
        return idsOf(hook).length;
      })
      .toBeGreaterThanOrEqual(300);
    await expect.poll(() => hanging.tries.length).toBe(1);
    await accesses(50);
    await runner.round(client, stopping.signal);
    await expect.poll(() => idsOf(hook).length).toBeGreaterThanOrEqual(350);
    expect(hanging.tries).toHaveLength(1);
    stopping.abort();
    await runner.round(client, stopping.signal);
  });
  const { position } = await db().sink.findFirstOrThrow({ where: { kind: 'syslog' } });
  expect(position, 'what nobody read is not delivered').toBeLessThan(
    (await db().sink.findFirstOrThrow({ orderBy: { position: 'desc' } })).position,
  );
});

test('two processes that both believe they lead move a stream once, and leave nothing out', async () => {
  const { hook, id } = await hookStream();
  const from = await positionOf(id);
  await accesses(800);
  await Promise.all([deliverAll(id), deliverAll(id)]);
  await deliverAll(id);
  const expected = await sealedSince(from);
  expect([...new Set(idsOf(hook))]).toEqual(expected);
});

test('a pause holds what happens back, and nothing is lost; a deleted stream gets nothing', async () => {
  const { hook, id } = await hookStream();
  const from = await positionOf(id);
  await pauseStream(admin, { id });
  await accesses(5);
  await deliverAll(id);
  expect(hook.tries).toEqual([]);
  expect((await listStreams(admin))[0]).toMatchObject({ status: 'paused' });
  await resumeStream(admin, { id });
  await sealAll();
  await deliverAll(id);
  expect(idsOf(hook)).toEqual(await sealedSince(from));
  await deleteStream(admin, { id });
  await accesses(1);
  expect(await deliverNext(id, never())).toBe(false);
});

test('a name that leads to this machine, and a redirect, are refused at each connection', async () => {
  const { hook, id } = await hookStream(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }));
  await accesses(1);
  await deliverAll(id);
  expect((await listStreams(admin))[0]?.problem).toEqual({ code: 'redirect', detail: '302' });
  expect(hook.tries).toHaveLength(1);
  allow('');
  await deliverAll(id);
  expect(await testStream(admin, { id })).toEqual({ code: 'private', detail: '127.0.0.1' });
  expect(await db().auditEvent.count({ where: { event: 'stream.tested', actorId: admin.userId } })).toBe(1);
  expect((await listStreams(admin))[0]?.problem).toEqual({ code: 'private', detail: '127.0.0.1' });
  expect(hook.tries, 'no connection was made').toHaveLength(1);
});

test('a test event arrives signed, and is not in the log; who is away is named', async () => {
  const { hook, id } = await hookStream();
  expect(await testStream(admin, { id })).toBeNull();
  expect(hook.taken[0]).toMatchObject({ type: 'audit.test', events: [{ event: 'stream.test' }] });
  expect(await eventsOf('stream.test')).toEqual([]);
  await hook.close();
  expect(await testStream(admin, { id })).toMatchObject({ code: 'unreachable', detail: 'ECONNREFUSED' });
  hooks.splice(0);
});

const HOSTILE = 'curl\r\n<13>1 - evil - - - "]\u001b[31m\u2028\u202e\0';

async function hostileEvent(): Promise<void> {
  const mallory = { ...admin, origin: { ip: '192.0.2.66', userAgent: HOSTILE.replace('\0', ''), requestId: 'r' } };
  const { id } = await createStream(mallory, { kind: 'stdout', name: name(), start: 'now' });
  await pauseStream(admin, { id });
  await sealAll();
}

test('syslog over TCP is one line for each event, whatever a user agent contains, and its JSON says what was sent', async () => {
  const receiver = await syslogReceiver();
  ends.push(receiver.close);
  const input = { kind: 'syslog', name: name(), start: 'now', host: '127.0.0.1', port: receiver.port, tls: false, ca: '' } as const;
  const { id } = await createStream(admin, input);
  await hostileEvent();
  await deliverAll(id);
  expect(receiver.messages.length).toBeGreaterThanOrEqual(2);
  for (const message of receiver.messages) {
    expect(message).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(message).toMatch(
      /^<1(08|10)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z tokens\.example\.org latchkey - \S{1,32} \[latchkey@32473 id="/,
    );
  }
  const evil = receiver.messages.find((message) => message.includes('192.0.2.66')) ?? '';
  expect(evil).toContain('userAgent="curl[U+000D\\][U+000A\\]<13>1 - evil - - - \\"\\][U+001B\\][31m');
  const json = JSON.parse(evil.slice(evil.indexOf('{"id"')));
  expect(json.userAgent).toBe(HOSTILE.replace('\0', ''));
});

test('syslog over TLS checks the certificate: one of its own authority is taken, a stranger’s is named as the reason', async () => {
  const certificate = selfMadeCertificate();
  const receiver = await syslogReceiver({ certificate });
  ends.push(receiver.close);
  const input = { kind: 'syslog', start: 'now', host: 'localhost', port: receiver.port, tls: true } as const;
  allow('127.0.0.0/8, ::1');
  const trusting = await createStream(admin, { ...input, name: name(), ca: certificate.cert });
  const wary = await createStream(admin, { ...input, name: name(), ca: '' });
  const wrong = await createStream(admin, { ...input, name: name(), ca: selfMadeCertificate().cert });
  expect(await testStream(admin, trusting)).toBeNull();
  expect(receiver.messages).toHaveLength(1);
  expect(await testStream(admin, wary)).toMatchObject({ code: 'certificate' });
  expect(await testStream(admin, wrong)).toMatchObject({ code: 'certificate' });
  expect(receiver.messages).toHaveLength(1);
});

test('a syslog receiver that closes at once, as a balancer with nobody behind it, has taken nothing', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  ends.push(async () => void server.close());
  const { port } = server.address() as { port: number };
  const { id } = await createStream(admin, { kind: 'syslog', name: name(), start: 'now', host: '127.0.0.1', port, tls: false, ca: '' });
  expect(await testStream(admin, { id })).toMatchObject({ code: 'closed' });
});

test('a file gets one inert line for each event, after what half a line was left; links and other places are refused', async () => {
  await writeFile(join(sinkDir, 'audit.ndjson'), '{"half":');
  const { id } = await createStream(admin, { kind: 'file', name: name(), start: 'now', file: 'audit.ndjson' });
  const from = await positionOf(id);
  await hostileEvent();
  await accesses(30);
  await deliverAll(id);
  const [half, ...lines] = (await readFile(join(sinkDir, 'audit.ndjson'), 'utf8')).trimEnd().split('\n');
  expect(half).toBe('{"half":');
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(await sealedSince(from));
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);

  await symlink('/etc/hostname', join(sinkDir, 'link'));
  const link = await createStream(admin, { kind: 'file', name: name(), start: 'now', file: 'link' });
  expect(await testStream(admin, link)).toMatchObject({ code: 'file', detail: 'ELOOP' });
});

test('what a webhook keeps secret is nowhere in the clear: not in its row, not in the log', async () => {
  const { hook, id } = await hookStream();
  const row = await db().sink.findUniqueOrThrow({ where: { id } });
  const events = await eventsOf('stream.created');
  const seen = JSON.stringify([
    { ...row, position: 0, secret: Buffer.from(row.secret ?? []).toString('latin1') },
    events,
    await listStreams(admin),
  ]);
  expect(seen).not.toContain(hook.signingKey.slice(6));
  expect(seen).not.toContain('hidden');
});
