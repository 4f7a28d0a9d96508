import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as DPoP from 'dpop';
import ipaddr from 'ipaddr.js';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '@/e2e/support/http';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { createGate, type Gate } from '@/lib/gate/verify';
import { readPublicKey } from '@/lib/jwk';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { bindToken, unbindToken } from '@/lib/tokens/binding';
import { createToken } from '@/lib/tokens/commands';
import { fencedBlock } from './gateway';

/**
 * What gateways that are not run here send for a client at 198.51.100.7 that asks for `POST /v2/orders?x=1` and claims to be
 * 203.0.113.9, according to the documentation that their pages cite. `scoped` is the same on a route that wants scopes.
 */
const gateways = [
  {
    name: 'apisix',
    method: 'GET',
    path: '/verify',
    scoped: { path: '/verify?scope=orders.read+orders.write' },
    headers: {
      ...{ 'X-Forwarded-Proto': 'https', 'X-Forwarded-Method': 'POST', 'X-Forwarded-Host': 'api.example.org' },
      ...{ 'X-Forwarded-Uri': '/v2/orders?x=1', 'X-Forwarded-For': '198.51.100.7' },
      'User-Agent': 'client/1',
    },
  },
  {
    name: 'traefik',
    method: 'GET',
    path: '/verify',
    scoped: { path: '/verify?scope=orders.read+orders.write' },
    headers: {
      ...{ 'User-Agent': 'client/1', 'X-Forwarded-For': '198.51.100.7', 'X-Forwarded-Host': 'api.example.org' },
      ...{ 'X-Forwarded-Method': 'POST', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Uri': '/v2/orders?x=1', 'Accept-Encoding': 'gzip' },
    },
  },
  {
    name: 'envoy',
    method: 'POST',
    path: '/verify',
    scoped: { headers: { 'x-required-scope': 'orders.read orders.write' } },
    headers: {
      ...{ 'content-length': '0', 'user-agent': 'client/1', 'x-forwarded-for': '203.0.113.9,198.51.100.7', 'x-forwarded-proto': 'https' },
      ...{ 'x-forwarded-method': 'POST', 'x-forwarded-host': 'api.example.org', 'x-forwarded-uri': '/v2/orders?x=1' },
    },
  },
  {
    name: 'envoy with path_prefix',
    method: 'POST',
    path: '/verify?for=/v2/orders?x=1',
    scoped: { headers: { 'x-required-scope': 'orders.read orders.write' } },
    headers: {
      ...{ 'content-length': '0', 'user-agent': 'client/1', 'x-forwarded-for': '203.0.113.9,198.51.100.7', 'x-forwarded-proto': 'https' },
      ...{ 'x-forwarded-method': 'POST', 'x-forwarded-host': 'api.example.org', 'x-forwarded-uri': '/v2/orders?x=1' },
    },
  },
  {
    name: 'kong',
    method: 'GET',
    path: '/verify',
    scoped: { headers: { 'X-Required-Scope': 'orders.read orders.write' } },
    headers: {
      ...{ 'User-Agent': 'client/1', 'X-Required-Scope': '', 'X-Forwarded-For': '198.51.100.7' },
      ...{ 'X-Forwarded-Method': 'POST', 'X-Forwarded-Proto': 'https' },
      ...{ 'X-Forwarded-Host': 'api.example.org', 'X-Forwarded-Uri': '/v2/orders' },
    },
  },
];

const database = testDatabase();
let server: Server;
let gate: Gate;
let url: string;
let token: { id: string; secret: string };
let owner: Actor;

beforeAll(async () => {
  gate = createGate({ ...runtime(), env: { ...runtime().env, trustedProxies: [[ipaddr.parse('127.0.0.1'), 32]] } }, pool());
  server = createServer(gate.handle);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  owner = await createActor('member');
  token = await createToken(owner, { name: 'gateway', description: '', expiration: { kind: 'days', days: 7 } });
});
afterAll(async () => {
  await gate.drained();
  server.closeAllConnections();
  server.close();
});

const scopes = (list: string[]) =>
  withClient(database.adminUrl, (client) => client.query('UPDATE token SET scopes = $1 WHERE id = $2', [list, token.id]));

describe.each(gateways)('what $name sends', ({ method, path, headers, scoped }) => {
  const ask = (more: Record<string, string | undefined>, at = path) =>
    send(url, at, { method, headers: { ...headers, ...more } as Record<string, string> });

  test('lets a token pass, whichever header it came in, and logs the client’s request and address', async () => {
    await scopes([]);
    for (const credential of [{ 'X-API-KEY': token.secret }, { Authorization: `Bearer ${token.secret}` }]) {
      const answer = await ask(credential);
      expect([answer.status, answer.body, answer.headers['x-token-id']]).toEqual([200, '', token.id]);
    }
    await gate.drained();
    const [event] = await db().auditEvent.findMany({ where: { tokenId: token.id, actorType: 'token' }, orderBy: { id: 'desc' }, take: 1 });
    expect(event).toMatchObject({ ip: '198.51.100.7', userAgent: 'client/1', request: 'POST api.example.org/v2/orders' });
  });

  test('lets a token that is bound to a key pass with a proof for the client’s request, once', async () => {
    await scopes([]);
    const keys = await DPoP.generateKeyPair('ES256', { extractable: true });
    const read = readPublicKey(await exportJWK(keys.publicKey));
    if ('problem' in read) throw new Error(read.problem);
    const { thumbprint } = await bindToken(owner, { id: token.id, publicKey: read.key, from: null });
    const proof = await DPoP.generateProof(keys, 'https://api.example.org/v2/orders', 'POST', undefined, token.secret);
    const shown = { Authorization: `DPoP ${token.secret}`, DPoP: proof };
    expect((await ask(shown)).status).toBe(200);
    expect((await ask(shown)).status).toBe(401);
    await unbindToken(owner, { id: token.id, from: thumbprint });
  });

  test('wants the route’s scopes', async () => {
    const asked = () => ask({ 'X-API-KEY': token.secret, ...scoped.headers }, scoped.path);
    await scopes(['orders.read']);
    const refused = await asked();
    expect(refused.status).toBe(403);
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer realm="latchkey", error="insufficient_scope", scope="orders.read orders.write"',
    );
    await scopes(['orders.read', 'orders.write']);
    expect((await asked()).status).toBe(200);
  });

  test('is refused without a credential, with a wrong one and with two', async () => {
    expect((await ask({})).status).toBe(401);
    expect((await ask({ 'X-API-KEY': `${token.secret}x` })).status).toBe(401);
    expect((await ask({ 'X-API-KEY': token.secret, Authorization: `Bearer ${token.secret}` })).status).toBe(401);
  });
});

const IDENTITY = ['X-Token-Id', 'X-Token-Name', 'X-Token-Scopes', 'X-Token-Expires-At', 'X-Owner-Id', 'X-Owner-Type', 'X-Owner-Email'];
const fencedBlocks = (text: string) =>
  text
    .split('```')
    .filter((_, n) => n % 2 === 1)
    .join();
const page = (name: string) => readFileSync(`docs/gateways/${name}.md`, 'utf8');

test('every page is linked, and hands on the whole identity', () => {
  for (const name of ['nginx', 'caddy', 'haproxy', 'apisix', 'traefik', 'envoy', 'kong']) {
    expect(page('README')).toContain(`(${name}.md)`);
    if (name === 'traefik') continue;
    for (const header of IDENTITY) expect(page(name).toLowerCase(), name).toContain(header.toLowerCase());
  }
});

test('every page hands on proofs', () => {
  // nginx and Caddy send all headers.
  for (const name of ['haproxy', 'apisix', 'traefik', 'envoy', 'kong']) expect(fencedBlocks(page(name))).toMatch(/dpop/i);
});

test('every page hands on what is left of a limit', () => {
  // Traefik and Caddy hand a refusal on whole.
  for (const name of ['nginx', 'caddy', 'haproxy', 'apisix', 'envoy', 'kong']) expect(fencedBlocks(page(name)), name).toMatch(/ratelimit/i);
});

test('the pattern of the Traefik page matches every identity header, as it is and with underscores, and no other', () => {
  const [, pattern = ''] = /authResponseHeadersRegex: "\(\?i\)(.+)"/.exec(page('traefik')) ?? [];
  for (const header of IDENTITY) {
    expect(header).toMatch(new RegExp(pattern, 'i'));
    expect(header.replaceAll('-', '_')).toMatch(new RegExp(pattern, 'i'));
  }
  for (const header of ['X-API-KEY', 'Authorization', 'X-Tokens', 'My-X-Owner-Id']) expect(header).not.toMatch(new RegExp(pattern, 'i'));
});

test('the APISIX page’s route is JSON that fails closed, sends no body and takes the secret away from the service', () => {
  const { plugins } = JSON.parse(fencedBlock(page('apisix'), 'json'));
  expect(plugins['forward-auth']).toMatchObject({ request_method: 'GET', allow_degradation: false, status_on_error: 503 });
  expect(plugins['forward-auth'].upstream_headers).toEqual([...IDENTITY, 'X-API-KEY', 'Authorization']);
});
