import { readFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics, METRICS_SCOPE } from '@/lib/boot/metrics';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { createGate, type Gate } from '@/lib/gate/verify';
import { newId } from '@/lib/id';
import type { Role } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { createToken, deleteToken } from '@/lib/tokens/commands';

testDatabase();
let server: Server;
let gate: Gate;

beforeAll(async () => {
  gate = createGate(runtime(), pool());
  const answerMetrics = createMetrics(gate, pool());
  server = createServer((req, res) => (req.url?.startsWith('/metrics') ? answerMetrics(req, res) : gate.handle(req, res)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});

afterAll(async () => {
  await gate.drained();
  server.closeAllConnections();
  server.close();
});

function ask(path: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; text: string }> {
  return new Promise((done, failed) => {
    const { port } = server.address() as AddressInfo;
    request({ port, path, headers: { host: 'localhost', ...headers } }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      res.on('end', () => done({ status: res.statusCode, text }));
    })
      .on('error', failed)
      .end();
  });
}

test('count verifications by outcome and reason, groups, the cache, and tokens by status', async () => {
  const owner = await createActor('member', { name: 'Owner', email: 'owner@example.org' });
  const create = (name: string, days: 7 | 60) => createToken(owner, { name, description: '', expiration: { kind: 'days', days } });
  const [live] = [await create('live', 60), await create('soon', 7)];
  const gone = await create('gone', 7);
  await deleteToken(owner, { id: gone.id, confirmName: 'gone' });

  for (const secret of [live.secret, live.secret, gone.secret, 'nonsense']) await ask('/verify', { 'x-api-key': secret });
  await ask('/verify');
  await gate.drained();

  const { status, text } = await ask('/metrics');
  expect(status).toBe(200);
  for (const line of [
    'latchkey_verifications_total{outcome="allowed",reason=""} 2',
    'latchkey_verifications_total{outcome="refused",reason="deleted"} 1',
    'latchkey_verifications_total{outcome="refused",reason="malformed"} 1',
    'latchkey_verifications_total{outcome="refused",reason="no_credential"} 1',
    'latchkey_verification_seconds_count 5',
    'latchkey_grant_cache_total{result="hit"} 1',
    // The deleted one too: what is wrong with it is known until something changes.
    'latchkey_grant_cache_entries 2',
    'latchkey_access_queue 0',
    'latchkey_database_up 1',
    'latchkey_tokens{status="active"} 1',
    'latchkey_tokens{status="expiring"} 1',
    'latchkey_tokens{status="suspended"} 0',
    'latchkey_tokens{status="expired"} 0',
    'latchkey_tokens{status="deleted"} 1',
    'latchkey_tokens_expiring{within_days="7"} 1',
    'latchkey_tokens_expiring{within_days="1"} 0',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

const proxied: Record<string, string>[] = [
  { host: 'tokens.example.org' },
  { 'x-forwarded-for': '203.0.113.9' },
  { forwarded: 'for=203.0.113.9' },
  { via: '1.1 proxy' },
];

test.each(proxied)('are for this machine alone: a request that came through a proxy (%o) finds nothing', async (headers) => {
  expect(await ask('/metrics', headers)).toEqual({ status: 404, text: '' });
});

test.each(['docs/monitoring.md', 'docs/monitoring/grafana.json', 'docs/monitoring/alerts.yml'])(
  '%s names no metric that is not there',
  async (path) => {
    const known = gate.metrics.registry.getMetricsAsArray().map(({ name }) => name);
    const named = (await readFile(path, 'utf8')).match(/\blatchkey_[a-z_]+/g) ?? [];
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(known).toContain(name.replace(/_(bucket|sum|count)$/, ''));
  },
);

test('are read from elsewhere with a token of an auditor or an administrator that has the scope, and each time is in the log', async () => {
  const elsewhere = { host: 'latchkey.example.org' };
  const issue = async (role: Role, scopes: string[]) => {
    const owner = await createActor(role);
    return createToken(owner, { name: 'Prometheus', description: '', expiration: { kind: 'never' }, scopes });
  };
  const auditors = await issue('auditor', [METRICS_SCOPE]);
  const asked = await ask('/metrics', { ...elsewhere, authorization: `Bearer ${auditors.secret}` });
  expect(asked).toMatchObject({ status: 200, text: expect.stringContaining('latchkey_database_up 1') });
  expect((await ask('/metrics', { ...elsewhere, 'x-api-key': auditors.secret })).status).toBe(200);
  expect((await ask('/metrics?scope=none', { ...elsewhere, 'x-api-key': (await issue('admin', [METRICS_SCOPE])).secret })).status).toBe(
    200,
  );
  // Whoever may not see them learns nothing of them, also with a token that says otherwise.
  expect((await ask('/metrics', { ...elsewhere, 'x-api-key': (await issue('member', [METRICS_SCOPE])).secret })).status).toBe(404);
  expect((await ask('/metrics', { ...elsewhere, 'x-api-key': (await issue('admin', [])).secret })).status).toBe(403);
  expect((await ask('/metrics?scope=none', { ...elsewhere, 'x-api-key': (await issue('admin', ['none'])).secret })).status).toBe(403);
  expect((await ask('/metrics', { ...elsewhere, authorization: 'Bearer lk_wrong' })).status).toBe(401);
  expect((await ask('/metrics', elsewhere)).status).toBe(404);
  const used = await db().auditEvent.findMany({
    where: { tokenId: auditors.id, event: 'token.used' },
    select: { request: true, scopes: true },
  });
  expect(used).toEqual(Array(2).fill({ request: 'GET localhost:3000/metrics', scopes: METRICS_SCOPE }));
});

test('each stream that is not paused tells how far it is behind', async () => {
  const position = 0;
  const stream = { kind: 'stdout', settings: { target: 'stdout' }, position, createdAt: new Date() } as const;
  const id = '0195f3a0-0000-7000-8000-000000000001';
  await db().sink.create({ data: { ...stream, id, name: 'SIEM "one"', nameKey: 'one', failingSince: new Date() } });
  await db().sink.create({ data: { ...stream, id: newId(new Date()), name: 'Paused', nameKey: 'two', enabled: false } });
  const leafId = newId(Date.now() - 60_000);
  await withClient(runtime().ledgerUrl, (client) =>
    client.query(`INSERT INTO audit_leaf (number, leaf_id, last_id, events, hash) VALUES (0, $1, $1, 7, $2)`, [leafId, Buffer.alloc(32)]),
  );
  const { text: figures } = await ask('/metrics');
  expect(figures).toContain('latchkey_stream_lag_events{stream="SIEM \\"one\\""} 7');
  expect(figures).toContain('latchkey_stream_failing{stream="SIEM \\"one\\""} 1');
  expect(Number(/latchkey_stream_lag_seconds\{.*\} (\S+)/.exec(figures)?.[1])).toBeCloseTo(60, -1);
  expect(figures).not.toContain('Paused');
});

test('alerts that nobody has acknowledged are told by their rule, and none as none', async () => {
  const id = newId(new Date());
  const alert = { requests: 1, firstId: id, lastId: id, figures: {}, raisedAt: new Date(), rule: 'dormant' };
  await db().alert.create({ data: { ...alert, id, subject: 'open' } });
  await db().alert.create({ data: { ...alert, id: newId(new Date()), subject: 'seen', acknowledgedAt: new Date() } });
  const { text: figures } = await ask('/metrics');
  expect(figures).toContain('latchkey_alerts_open{rule="dormant"} 1');
  expect(figures).toContain('latchkey_alerts_open{rule="rate"} 0');
});

test('are told within 3 s while the database hangs: that it does, and what this process knows', async () => {
  const hanging: Pool = Object.assign(Object.create(pool()), { query: () => new Promise(() => {}) });
  const other = createGate(runtime(), pool());
  const answerMetrics = createMetrics(other, hanging);
  const own = createServer(answerMetrics);
  await new Promise<void>((listening) => own.listen(0, '127.0.0.1', listening));
  const startedAt = performance.now();
  const { port } = own.address() as AddressInfo;
  const answer = await fetch(`http://localhost:${port}/metrics`);
  const text = await answer.text();
  expect([answer.status, performance.now() - startedAt < 3000]).toEqual([200, true]);
  expect(text).toContain('latchkey_database_up 0');
  expect(text).toContain('latchkey_access_queue 0');
  own.close();
});
