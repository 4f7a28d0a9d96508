import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFrontDoor } from '@/lib/boot/front-door';
import { parseEnv } from '@/lib/env';

/** The front door with something behind it that tells which headers came through. */
function open(settings: Record<string, string>) {
  const enter = createFrontDoor(parseEnv({ PORT: '3000', ...settings }), 'a secret of this server');
  return createServer((req, res) => {
    if (enter(req, res)) res.end(JSON.stringify(req.headers));
  });
}

const listening: Server[] = [];
async function listen(settings: Record<string, string> = {}): Promise<string> {
  const server = open(settings);
  listening.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tokens`;
}

let url: string;
beforeAll(async () => {
  url = await listen();
});
afterAll(() => {
  for (const server of listening) server.close();
});

const behind = async (answer: Response) => (await answer.json()) as IncomingHttpHeaders;

describe('a request that changes something', () => {
  const post = (headers: Record<string, string>) => fetch(url, { method: 'POST', headers });

  test.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'passes from %s, which is this console',
    async (origin) => {
      expect((await post({ origin })).status).toBe(200);
      expect((await post({ origin, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    },
  );

  test.each([
    ['no origin', {}],
    ['null', { origin: 'null' }],
    ['another site', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://localhost:3001' }],
    ['another scheme', { origin: 'https://localhost:3000' }],
    ['a name that begins alike', { origin: 'http://localhost:3000.evil.example' }],
    ['a browser that says cross-site', { origin: 'http://localhost:3000', 'sec-fetch-site': 'cross-site' }],
    ['a browser that says same-site', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }],
    ['a browser that says none', { origin: 'http://localhost:3000', 'sec-fetch-site': 'none' }],
  ])('is refused from %s', async (_what, headers) => {
    const answer = await post(headers as Record<string, string>);
    expect([answer.status, await answer.json()]).toEqual([403, { error: 'cross_site' }]);
  });

  test('says its Origin to Next in the one spelling that Next holds it against', async () => {
    const seen = await behind(await post({ origin: 'http://[::1]:3000' }));
    expect(seen.origin).toBe(`http://${seen['x-forwarded-host']}`);
  });

  test('counts loopback names as one only while BASE_URL is one of them', async () => {
    const elsewhere = await listen({ BASE_URL: 'https://tokens.example.org' });
    expect((await fetch(elsewhere, { method: 'POST', headers: { origin: 'https://tokens.example.org' } })).status).toBe(200);
    expect((await fetch(elsewhere, { method: 'POST', headers: { origin: 'http://localhost:3000' } })).status).toBe(403);
  });
});

describe('what comes through', () => {
  test('is what the front door found out, not what a client says of itself', async () => {
    const seen = await behind(
      await fetch(url, {
        headers: {
          'x-latchkey-client-ip': '192.0.2.1',
          'x-forwarded-for': '192.0.2.1',
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'https',
          'x-middleware-subrequest': 'middleware',
          'x-action-forwarded': '1',
          'x-latchkey-self': 'guessed',
          'x-request-id': 'chosen-by-the-client',
          'content-security-policy': "script-src 'nonce-chosen'",
        },
      }),
    );
    expect(seen).toMatchObject({ 'x-latchkey-client-ip': '127.0.0.1', 'x-forwarded-host': 'localhost:3000', 'x-forwarded-proto': 'http' });
    expect(seen).not.toHaveProperty('x-forwarded-for');
    expect(seen).not.toHaveProperty('x-middleware-subrequest');
    expect(seen).not.toHaveProperty('x-action-forwarded');
    expect(seen['x-request-id']).not.toBe('chosen-by-the-client');
    expect(seen['content-security-policy']).not.toContain('chosen');
  });

  test('keeps its caller when Next hands it on to another page by calling this server', async () => {
    const proxied = await listen({ TRUSTED_PROXIES: '127.0.0.1' });
    const first = await behind(await fetch(proxied, { headers: { 'x-forwarded-for': '192.0.2.1' } }));
    const headers = Object.entries(first).filter(([name]) => !['host', 'connection'].includes(name)) as [string, string][];
    const seen = await behind(await fetch(proxied, { headers }));
    const { 'x-latchkey-client-ip': ip, 'x-request-id': requestId } = first;
    expect(seen).toMatchObject({ 'x-latchkey-client-ip': ip, 'x-request-id': requestId, 'x-action-forwarded': '1' });
  });

  test('carries the address and request id that a trusted proxy gives', async () => {
    const proxied = await listen({ TRUSTED_PROXIES: '127.0.0.1' });
    const seen = await behind(await fetch(proxied, { headers: { 'x-forwarded-for': '192.0.2.1', 'x-request-id': 'proxy-4711-abc' } }));
    expect(seen).toMatchObject({ 'x-latchkey-client-ip': '192.0.2.1', 'x-request-id': 'proxy-4711-abc' });
    const odd = await behind(await fetch(proxied, { headers: { 'x-request-id': 'a b<script>' } }));
    expect(odd['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('every answer', () => {
  test('has the security headers, a nonce of its own, and is not stored', async () => {
    const [first, second] = await Promise.all([fetch(url), fetch(url)]);
    const policy = first.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=]{24}' 'strict-dynamic';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.split(';').find((part) => part.includes('script-src'))).not.toContain('unsafe');
    expect(policy).not.toBe(second.headers.get('content-security-policy'));
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    expect(first.headers.get('strict-transport-security')).toBeNull();
  });

  test('asks for https from then on, once the console is served by it', async () => {
    const answer = await fetch(await listen({ BASE_URL: 'https://tokens.example.org' }));
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
  });
});

test.each([
  [{}, 'same-origin'],
  [{ BASE_URL: 'https://tokens.example.org' }, 'same-origin'],
  [{ BASE_URL: 'http://tokens.example.org' }, null],
])('the opener policy is sent where browsers heed it: %j', async (settings, policy) => {
  expect((await fetch(await listen(settings))).headers.get('cross-origin-opener-policy')).toBe(policy);
});
