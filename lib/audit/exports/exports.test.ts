import { gunzipSync } from 'node:zlib';
import pino from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { exportAuditEvents } from '@/lib/audit/export';
import { beginExport, cancelExport, deleteExport } from '@/lib/audit/exports/commands';
import { downloadExport } from '@/lib/audit/exports/download';
import { makeNextExport } from '@/lib/audit/exports/make';
import { pruneExports } from '@/lib/audit/exports/prune';
import { exportSize, exportsUnderWay, listExports } from '@/lib/audit/exports/queries';
import { KEPT_FOR, MOST_KEPT, MOST_OF_ALL, MOST_OF_ONE, MOST_UNDER_WAY } from '@/lib/audit/exports/values';
import { parseAuditQuery } from '@/lib/audit/filters';
import { auditQuery, type ExportFormat } from '@/lib/audit/schema';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { sealAll, testAccesses } from '@/lib/testing/ledger';

const database = testDatabase();
const silent = pino({ level: 'silent' });
const always = async () => true;
const never = async () => false;
const goOn = new AbortController().signal;

const DAY = Date.UTC(2026, 4, 1);
// Several chunks, in every format.
const EVENTS = 7000;
const PAST = { to: '2026-05-31' };

let auditor: Actor;

const queryOf = (params: Record<string, string>) => auditQuery.parse(params);
const begin = (actor: Actor, params: Record<string, string> = PAST, format: ExportFormat = 'csv') =>
  beginExport(actor, { query: queryOf(params), format }, 'UTC');
const makeOne = (signal = goOn) => withClient(database.url, (client) => makeNextExport(client, signal, silent));
const rowOf = (id: string) => db().auditExport.findUniqueOrThrow({ where: { id } });
const listed = async (actor: Actor, id: string) => (await listExports(actor)).find((row) => row.id === id);
const bytesOf = async ({ body }: { body: ReadableStream<Uint8Array> }) => Buffer.from(await new Response(body).arrayBuffer());
const download = (actor: Actor, id: string, stillMay = always) => downloadExport(actor, id, stillMay);

const events = (actor: Actor) =>
  db().auditEvent.findMany({
    where: { event: { startsWith: 'audit.export' }, actorId: actor.userId },
    orderBy: { id: 'asc' },
    select: { event: true, outcome: true, reason: true, changes: true, requestId: true },
  });

const isChunk = ([text]: unknown[]) => String(text).includes('INSERT INTO audit_export_chunk');

type Query = (...args: unknown[]) => Promise<unknown>;

/** Makes exports on a connection that is cut after so many chunks. */
async function makeUntilCut(chunks: number): Promise<void> {
  const cut = withClient(database.url, (client) => {
    const query = client.query.bind(client) as Query;
    let left = chunks;
    client.query = (async (...args: unknown[]) => {
      if (isChunk(args) && left-- === 0) await query('SELECT pg_terminate_backend(pg_backend_pid())');
      return query(...args);
    }) as typeof client.query;
    return makeNextExport(client, goOn, silent);
  });
  await expect(cut).rejects.toThrow();
}

/** Makes an export up to its first chunk; what it gives lets it go on, and gives what it said in the end. */
async function makeFirstChunk(signal = goOn): Promise<() => Promise<boolean>> {
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  const made: { end?: Promise<boolean> } = {};
  await new Promise<void>((reached) => {
    made.end = withClient(database.url, (client) => {
      const query = client.query.bind(client) as Query;
      client.query = (async (...args: unknown[]) => {
        const result = await query(...args);
        if (isChunk(args)) reached();
        if (isChunk(args)) await released;
        return result;
      }) as typeof client.query;
      return makeNextExport(client, signal, silent);
    });
  });
  return () => {
    release();
    return made.end as Promise<boolean>;
  };
}

beforeAll(async () => {
  const tokenId = newId(DAY);
  await db().auditEvent.createMany({
    data: Array.from({ length: EVENTS }, (_, n) => {
      const at = new Date(DAY + n * 10_000);
      return {
        ...{ id: newId(at), at, event: 'token.used', actorType: 'token' as const, outcome: 'ok' as const, tokenId },
        ...{ ip: `203.0.113.${n % 200}`, userAgent: `=agent ${n} ${'x'.repeat(n % 300)}` },
      };
    }),
  });
  await testAccesses().pass(30);
  await sealAll();
});

beforeEach(async () => {
  await db().auditExport.deleteMany();
  auditor = await createActor('auditor');
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('what the background makes', () => {
  test.each(['csv', 'ndjson', 'proofs'] as const)('as %s is byte for byte what is exported at once', async (format) => {
    const { id } = await begin(auditor, PAST, format);
    await sealAll();
    const { filters } = parseAuditQuery(queryOf(PAST), 'UTC');
    const atOnce = await bytesOf(await exportAuditEvents(await createActor('admin'), filters, format, always));
    expect(await makeOne()).toBe(true);
    const { chunks, size, stored, state } = await rowOf(id);
    expect({ state, size: Number(size) }).toEqual({ state: 'done', size: atOnce.length });
    expect(chunks).toBeGreaterThan(1);
    expect(Number(stored)).toBeLessThan(atOnce.length / 2);
    const file = await download(auditor, id);
    expect(file).toMatchObject({ fileName: expect.stringMatching(/^latchkey-audit-begin-20260601T000000Z\./) });
    expect((await bytesOf(file)).equals(atOnce)).toBe(true);
  });

  test('is in the database as chunks of a megabyte, each compressed by itself', async () => {
    const { id } = await begin(auditor);
    await makeOne();
    const parts = await db().auditExportChunk.findMany({ where: { exportId: id }, orderBy: { number: 'asc' } });
    const sizes = parts.map(({ bytes }) => gunzipSync(bytes).length);
    expect(Math.max(...sizes)).toBeLessThan(1.5 * 2 ** 20);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(2 ** 20);
    expect(parts.map(({ number }) => number)).toEqual(sizes.map((_, n) => n));
  });

  test('is as of the moment when it was asked for, and not what happens until it is made', async () => {
    const { id } = await begin(auditor, { event: 'user.updated' });
    const at = new Date(Date.now() + 60_000);
    await db().auditEvent.create({ data: { id: newId(at), at, event: 'user.updated', actorType: 'system', outcome: 'ok' } });
    await makeOne();
    expect((await bytesOf(await download(auditor, id))).toString().trimEnd().split('\r\n')).toHaveLength(1);
  });

  test('is recorded when it begins, with its row, when it ends, and each time it is fetched', async () => {
    const { id } = await begin(auditor, { ...PAST, ip: '203.0.113.7' });
    const { requestId } = auditor.origin;
    const asked = { format: [null, 'csv'], background: [null, true], ip: [null, '203.0.113.7'], until: [null, '2026-06-01T00:00:00.000Z'] };
    const beginning = { event: 'audit.exported', outcome: 'ok', reason: null, changes: asked, requestId };
    expect(await events(auditor)).toEqual([beginning]);
    expect(await listed(auditor, id)).toMatchObject({ state: 'queued', query: 'ip=203.0.113.7&to=2026-05-31', done: 0, expiresAt: null });
    expect(await exportsUnderWay(auditor)).toEqual([id]);
    await makeOne();
    expect(await exportsUnderWay(auditor)).toEqual([]);
    const { sha256 } = await rowOf(id);
    const changes = { format: [null, 'csv'], events: [null, 35], sha256: [null, sha256] };
    const finished = { event: 'audit.export_finished', outcome: 'ok', reason: null, changes, requestId };
    expect(await events(auditor)).toEqual([beginning, finished]);
    const later = { ...auditor, origin: { ...auditor.origin, requestId: 'another-request' } };
    await bytesOf(await download(later, id));
    expect(await events(auditor)).toEqual([
      beginning,
      finished,
      { ...finished, event: 'audit.export_downloaded', requestId: 'another-request' },
    ]);
    const row = await listed(auditor, id);
    expect(row).toMatchObject({ state: 'done', done: 35, total: 35 });
    expect(Math.abs(Date.parse(row?.expiresAt ?? '') - Date.now() - KEPT_FOR)).toBeLessThan(60_000);
  });

  test('an export whose beginning cannot be recorded does not exist, and one whose end cannot be is not done', async () => {
    const sql = (text: string) => withClient(database.adminUrl, (client) => client.query(text));
    const { id } = await begin(auditor);
    await sql(`ALTER TABLE audit_event ADD CONSTRAINT full_disk CHECK (event NOT LIKE 'audit.%') NOT VALID`);
    try {
      await expect(begin(auditor)).rejects.toThrow();
      await expect(makeOne()).rejects.toThrow();
    } finally {
      await sql('ALTER TABLE audit_event DROP CONSTRAINT full_disk');
    }
    expect(await db().auditExport.count()).toBe(1);
    await expect(download(auditor, id)).rejects.toMatchObject({ code: 'not_found' });
    await makeOne();
    expect((await bytesOf(await download(auditor, id))).length).toBeGreaterThan(2 ** 20);
  });
});

describe('whoever makes it may end in the middle', () => {
  test('a connection that is cut leaves nothing that can be fetched, and the next leader begins anew', async () => {
    const { id } = await begin(auditor);
    await makeUntilCut(1);
    expect(await rowOf(id)).toMatchObject({ state: 'running', run: 1, chunks: 1 });
    await expect(download(auditor, id)).rejects.toMatchObject({ code: 'not_found' });
    await makeOne();
    const { state, run, failures, chunks } = await rowOf(id);
    expect({ state, run, failures }).toEqual({ state: 'done', run: 2, failures: 1 });
    const { filters } = parseAuditQuery(queryOf(PAST), 'UTC');
    const atOnce = await bytesOf(await exportAuditEvents(auditor, filters, 'csv', always));
    expect((await bytesOf(await download(auditor, id))).equals(atOnce)).toBe(true);
    expect(await db().auditExportChunk.count()).toBe(chunks + 1);
    await withClient(database.url, pruneExports);
    expect(await db().auditExportChunk.count()).toBe(chunks);
    expect((await events(auditor)).filter(({ event }) => event === 'audit.export_finished')).toHaveLength(2);
  });

  test('what was cut three times has failed, which is recorded; others are made after it', async () => {
    const { id } = await begin(auditor);
    const { id: other } = await begin(auditor, { ...PAST, ip: '203.0.113.7' });
    for (let n = 0; n < 3; n++) await makeUntilCut(n);
    await makeOne();
    expect(await rowOf(id)).toMatchObject({ state: 'failed', reason: 'failed' });
    expect(await rowOf(other)).toMatchObject({ state: 'done' });
    await expect(download(auditor, id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await events(auditor)).toContainEqual(
      expect.objectContaining({ event: 'audit.export_aborted', outcome: 'refused', reason: 'failed' }),
    );
    await withClient(database.url, pruneExports);
    expect(await db().auditExportChunk.count({ where: { exportId: id } })).toBe(0);
  });

  test('a process that stops gives it back, and that is no failure', async () => {
    const { id } = await begin(auditor);
    const stopping = new AbortController();
    const goAhead = await makeFirstChunk(stopping.signal);
    stopping.abort();
    expect(await goAhead()).toBe(false);
    expect(await rowOf(id)).toMatchObject({ state: 'queued', failures: 0 });
    expect(await makeOne(stopping.signal)).toBe(false);
    await makeOne();
    expect(await rowOf(id)).toMatchObject({ state: 'done', run: 2, failures: 0 });
  });

  test('one at a time, however many would lead; and the one that was asked for first', async () => {
    const first = await begin(auditor);
    const second = await begin(auditor, PAST, 'ndjson');
    const goAhead = await makeFirstChunk();
    expect(await makeOne()).toBe(false);
    expect((await rowOf(second.id)).state).toBe('queued');
    expect(await goAhead()).toBe(true);
    await makeOne();
    expect((await rowOf(second.id)).state).toBe('done');
    expect((await rowOf(first.id)).run).toBe(1);
  });

  test('who lost the turn while they made it writes nothing more', async () => {
    const { id } = await begin(auditor);
    const goAhead = await makeFirstChunk();
    // As another leader does that takes it for lost.
    await db().auditExport.update({ where: { id }, data: { run: { increment: 1 }, chunks: 0 } });
    await goAhead();
    expect(await rowOf(id)).toMatchObject({ state: 'running', chunks: 0 });
    expect(await events(auditor)).toHaveLength(1);
  });

  test('a log that is pruned meanwhile is exported anew', async () => {
    const { id } = await begin(auditor);
    const goAhead = await makeFirstChunk();
    const eventId = newId(Date.now());
    await withClient(database.adminUrl, (client) =>
      client.query(`INSERT INTO audit_prune (event_id, kind, before, events, leaves) VALUES ($1, 'access', now(), 0, '')`, [eventId]),
    );
    await expect(goAhead()).rejects.toThrow(/pruned/);
    await makeOne();
    expect(await rowOf(id)).toMatchObject({ state: 'done', failures: 1 });
  });
});

describe('bounds', () => {
  test('so many of one person are under way, however many are asked for at once; others are not held up', async () => {
    const all = await Promise.allSettled(Array.from({ length: 6 }, () => begin(auditor)));
    const refused = all.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
    expect(all.length - refused.length).toBe(MOST_UNDER_WAY);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'exports_waiting', detail: { values: { most: MOST_UNDER_WAY } } });
    expect(await events(auditor)).toHaveLength(MOST_UNDER_WAY);
    await begin(await createActor('admin'));
    await cancelExport(auditor, { id: (await listExports(auditor))[0]?.id as string });
    await begin(auditor);
  });

  test('so many are kept, whatever became of them; deleting one makes room', async () => {
    for (let n = 0; n < MOST_KEPT; n++) await cancelExport(auditor, await begin(auditor));
    await expect(begin(auditor)).rejects.toMatchObject({ code: 'too_many_exports', detail: { values: { most: MOST_KEPT } } });
    await deleteExport(auditor, { id: (await listExports(auditor))[0]?.id as string });
    expect(await listExports(auditor)).toHaveLength(MOST_KEPT - 1);
    expect(await db().auditEvent.count({ where: { event: 'audit.export_deleted', actorId: auditor.userId } })).toBe(1);
    await begin(auditor);
  });

  test('no more is begun when the files of all take all room', async () => {
    const { id } = await begin(await createActor('admin'));
    await makeOne();
    await db().auditExport.update({ where: { id }, data: { stored: MOST_OF_ALL } });
    await expect(begin(auditor)).rejects.toMatchObject({ code: 'exports_full' });
    await db().auditExport.update({ where: { id }, data: { expiresAt: new Date() } });
    await begin(auditor);
  });

  test('one that grows beyond what one may take has failed, and says so', async () => {
    const { id } = await begin(auditor);
    const goAhead = await makeFirstChunk();
    await db().auditExport.update({ where: { id }, data: { stored: MOST_OF_ONE } });
    await goAhead();
    expect(await listed(auditor, id)).toMatchObject({ state: 'failed', reason: 'too_large' });
    expect((await events(auditor)).at(-1)).toMatchObject({ event: 'audit.export_aborted', outcome: 'refused', reason: 'too_large' });
  });

  test('a file expires: it can no longer be fetched, and is removed with its row', async () => {
    const { id } = await begin(auditor);
    await makeOne();
    await db().auditExport.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1000) } });
    await expect(download(auditor, id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await listExports(auditor)).toEqual([]);
    expect(await withClient(database.url, pruneExports)).toBe(false);
    expect([await db().auditExport.count(), await db().auditExportChunk.count()]).toEqual([0, 0]);
  });

  test('a filter that makes no sense begins nothing', async () => {
    for (const [params, field] of [
      [{ ip: '300.1.1.1' }, 'ip'],
      [{ zone: 'nowhere' }, 'zone'],
      [{ from: '2026-02-30' }, 'from'],
    ] as const)
      await expect(begin(auditor, params)).rejects.toMatchObject({ code: 'invalid_input', detail: { field } });
    expect([await db().auditExport.count(), await events(auditor)]).toEqual([0, []]);
  });

  test('how many there are is counted no further than is asked for', async () => {
    expect(await exportSize(auditor, queryOf(PAST), 'UTC')).toEqual({ count: EVENTS, more: false });
    expect(await exportSize(auditor, queryOf({ ...PAST, ip: '203.0.113.0/30' }), 'UTC')).toEqual({ count: 140, more: false });
    expect(await exportSize(auditor, queryOf({ ip: 'x' }), 'UTC')).toBeNull();
  });
});

describe('whose it is', () => {
  test('cancelled while it is made: that is recorded, no file is left, and what has ended cannot be cancelled', async () => {
    const { id } = await begin(auditor);
    const goAhead = await makeFirstChunk();
    await expect(deleteExport(auditor, { id })).rejects.toMatchObject({ code: 'changed_meanwhile' });
    await cancelExport(auditor, { id });
    await goAhead();
    expect(await listed(auditor, id)).toMatchObject({ state: 'cancelled' });
    expect((await events(auditor)).map(({ event, outcome, reason }) => [event, outcome, reason])).toEqual([
      ['audit.exported', 'ok', null],
      ['audit.export_aborted', 'ok', 'cancelled'],
    ]);
    await expect(download(auditor, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(cancelExport(auditor, { id })).rejects.toMatchObject({ code: 'changed_meanwhile' });
    await withClient(database.url, pruneExports);
    expect(await db().auditExportChunk.count()).toBe(0);
  });

  test('to everybody else, administrators too, it does not exist', async () => {
    const { id } = await begin(auditor);
    await makeOne();
    for (const role of ['member', 'auditor', 'admin'] as const) {
      const other = await createActor(role);
      for (const attempt of [() => download(other, id), () => cancelExport(other, { id }), () => deleteExport(other, { id })])
        await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await listExports(await createActor('admin'))).toEqual([]);
    expect((await events(auditor)).map(({ event }) => event)).toEqual(['audit.exported', 'audit.export_finished']);
  });

  test('who was demoted or disabled since gets no file: neither one that is being made nor one that is', async () => {
    const { id: made } = await begin(auditor);
    await makeOne();
    const { id: waiting } = await begin(auditor);
    await db().user.update({ where: { id: auditor.userId }, data: { role: 'member' } });
    await expect(download({ ...auditor, role: 'member' }, made)).rejects.toMatchObject({ code: 'not_found' });
    await makeOne();
    expect(await rowOf(waiting)).toMatchObject({ state: 'failed', reason: 'revoked', chunks: 0 });
    await db().user.update({ where: { id: auditor.userId }, data: { role: 'auditor', disabledAt: new Date() } });
    const { id } = await begin(auditor);
    await makeOne();
    expect(await rowOf(id)).toMatchObject({ state: 'failed', reason: 'revoked', chunks: 0 });
    expect((await events(auditor)).at(-1)).toMatchObject({ event: 'audit.export_aborted', outcome: 'refused', reason: 'revoked' });
  });

  test('who loses the right while they fetch it gets no more of it', async () => {
    const { id } = await begin(auditor);
    await makeOne();
    const reader = (await download(auditor, id, never)).body.getReader();
    await reader.read();
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2000);
    await expect(reader.read()).rejects.toThrow(/broken off/);
  });

  test.each([
    ['is missing', 'DELETE FROM audit_export_chunk WHERE number = 1'],
    [
      'is another',
      'UPDATE audit_export_chunk SET bytes = (SELECT bytes FROM audit_export_chunk WHERE number = 0 LIMIT 1) WHERE number = 1',
    ],
  ])('a file of which a part %s never looks whole', async (_, sql) => {
    const { id } = await begin(auditor);
    await makeOne();
    await withClient(database.url, (client) => client.query(sql));
    await expect(bytesOf(await download(auditor, id))).rejects.toThrow(/broken off/);
  });
});
