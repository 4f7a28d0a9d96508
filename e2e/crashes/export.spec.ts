import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { Client } from 'pg';
import { loadAudit } from '@/bench/load-audit';
import { Console } from '../support/console';
import { databaseUrl } from '../support/database';
import { FIRST_ADMIN } from '../support/people';
import { expect, test } from '../support/test';

const ADMIN = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };

async function withDatabase<T>(dataDir: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: await databaseUrl(dataDir) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Begins an export, as a program that reads as it likes. */
function open(url: string, cookie: string): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const headers = { cookie, origin: url };
    const { port } = new URL(url);
    request({ host: '127.0.0.1', port, path: '/api/audit/export?format=ndjson', method: 'POST', headers, agent: false }, done)
      .on('error', failed)
      .end();
  });
}

/** All that arrives, and whether the answer came to its end. */
async function readAll(answer: IncomingMessage): Promise<{ text: string; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  const isWhole = await new Promise<boolean>((done) => {
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.once('end', () => done(true)).once('error', () => done(false));
  });
  return { text: Buffer.concat(chunks).toString('utf8'), isWhole };
}

const ends = (client: Client) =>
  client.query(
    `SELECT event, reason, changes->'events'->>1 AS events FROM audit_event WHERE event IN ('audit.export_finished', 'audit.export_aborted') ORDER BY id`,
  );

test('kill -9 of the database in the middle of an export: the download fails, has no last line, and can be made again', async ({
  ownServer,
}) => {
  test.setTimeout(120_000);
  const { url, dataDir, output } = await ownServer(ADMIN);
  await withDatabase(dataDir, (client) => loadAudit(client, { events: 60_000, tokens: 20, users: 5, days: 30, until: new Date() }));
  const person = new Console(url);
  await person.signIn(FIRST_ADMIN);

  const answer = await open(url, person.cookie());
  expect(answer.statusCode).toBe(200);
  // Nothing is read yet, so the server has stopped far from the end.
  const postmaster = Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(postmaster, 'SIGKILL');
  const { text, isWhole } = await readAll(answer);
  expect(isWhole).toBe(false);
  expect(text).not.toContain('"complete"');
  expect(output()).not.toContain('⨯');

  await expect.poll(async () => (await person.request('/tokens')).status, { timeout: 15_000, intervals: [100] }).toBe(200);
  const again = await readAll(await open(url, person.cookie()));
  expect(again.isWhole).toBe(true);
  const lines = again.text.trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ complete: true, count: lines.length - 1 });
  expect(lines.length).toBeGreaterThan(60_000);

  await test.step('who goes away in the middle ends it', async () => {
    const left = await open(url, person.cookie());
    left.once('data', () => left.destroy());
    left.on('error', () => {});
    await expect
      .poll(() => withDatabase(dataDir, async (client) => (await ends(client)).rows.at(-1)))
      .toMatchObject({
        event: 'audit.export_aborted',
        reason: 'cancelled',
      });
  });
});

test('kill -9 of Latchkey and of its database in the middle of an export in the background: it is begun anew, and only the whole file can be fetched', async ({
  ownServer,
}) => {
  test.setTimeout(120_000);
  const server = await ownServer(ADMIN);
  await withDatabase(server.dataDir, (client) => loadAudit(client, { events: 60_000, tokens: 20, users: 5, days: 30, until: new Date() }));
  const person = new Console(server.url);
  await person.signIn(FIRST_ADMIN);
  const begun = await person.act<{ id: string }>('beginExportAction', '/audit', { query: {}, format: 'ndjson' });
  const id = begun.ok ? begun.data.id : '';
  const path = `/api/audit/exports/${id}`;
  const stateOf = async () =>
    (await withDatabase(server.dataDir, (client) => client.query('SELECT state, run, chunks FROM audit_export WHERE id = $1', [id])))
      .rows[0];

  await expect.poll(async () => (await stateOf()).chunks, { intervals: [10] }).toBeGreaterThan(0);
  expect((await person.post(path, {}, '')).status).toBe(404);
  const postmaster = Number((await readFile(join(server.dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  await server.end('SIGKILL');
  process.kill(postmaster, 'SIGKILL');
  await ownServer(ADMIN);
  await expect.poll(async () => (await stateOf()).state, { timeout: 60_000 }).toBe('done');
  expect((await stateOf()).run).toBe(2);
  const { status, body } = await person.post(path, {}, '');
  expect(status).toBe(200);
  const lines = body.trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ complete: true, count: lines.length - 1 });
  expect(lines.length).toBeGreaterThan(60_000);
  await withDatabase(server.dataDir, async (client) => {
    expect((await ends(client)).rows).toEqual([{ event: 'audit.export_finished', reason: null, events: String(lines.length - 1) }]);
  });
});
