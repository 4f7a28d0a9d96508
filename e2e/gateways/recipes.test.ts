import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import * as DPoP from 'dpop';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, send } from '@/e2e/support/http';
import { gatewayPath } from '@/scripts/gateways.mjs';
import { type Setup, startGateway } from './gateway';
import { type Latchkey, startLatchkey } from './latchkey';
import { type Arrival, startService } from './service';
import { setups } from './setups';

/** Names that only the gateway may give to the service, as clients might write them. */
const SPOOFED = [...['X-Token-Id', 'X-Token-Name', 'x-token-scopes', 'X-TOKEN-EXPIRES-AT', 'X-Owner-Id', 'X-Owner-Type', 'X-Owner-Email']];

const arrival = (answer: Answer) => JSON.parse(answer.body) as Arrival;

/** A path as a service may understand it that decodes first and tidies up then. */
const asReadGenerously = (url: string) => new URL(decodeURIComponent(url).replace(/\/+/g, '/'), 'http://x').pathname;

test.skipIf(!gatewayPath('haproxy'))('the haproxy recipe lets nobody pass when its script fails', async () => {
  const [haproxy] = setups.filter(({ name }) => name === 'haproxy');
  if (!haproxy) throw new Error('there is no recipe for haproxy');
  const service = await startService();
  const broken = ({ files }: Setup): Setup['files'] => {
    return (page, place) => files(page.replace('local given =', 'error("broken")\n  local given ='), place);
  };
  const gateway = await startGateway({ ...haproxy, files: broken(haproxy) }, { latchkey: service.port, service: service.port });
  const answer = await send(gateway.url, '/');
  expect([answer.status, answer.headers['retry-after'], service.seen.requests]).toEqual([503, '1', 0]);
  await expect.poll(gateway.output).toContain('broken');
  await gateway.stop();
  await service.stop();
});

for (const setup of setups) {
  const isHere = gatewayPath(setup.name) !== undefined;

  describe.skipIf(!isHere)(`the ${setup.name} recipe${isHere ? '' : `: not run, ${setup.name} is not installed`}`, () => {
    let latchkey: Latchkey;
    let service: Awaited<ReturnType<typeof startService>>;
    let gateway: Awaited<ReturnType<typeof startGateway>>;
    let token: { id: string; secret: string };
    let withScopes: { id: string; secret: string };

    beforeAll(async () => {
      [latchkey, service] = await Promise.all([startLatchkey(), startService()]);
      gateway = await startGateway(setup, { latchkey: latchkey.port, service: service.port });
      token = await latchkey.newToken('Zürich / 北京');
      withScopes = await latchkey.newToken('orders', { scopes: ['orders.read', 'orders.write', 'more'] });
    });
    afterAll(async () => {
      await gateway?.stop();
      await service?.stop();
      await latchkey?.stop();
    });

    const ask = (path: string, headers: string[], more: { method?: string; body?: Buffer } = {}) =>
      send(gateway.url, path, { headers, ...more });
    const withKey = (path = '/', secret = token.secret) => ask(path, ['X-API-KEY', secret]);

    /** How an answer was refused: it must not have come from the service. */
    async function refusal(asked: Promise<Answer>) {
      const before = service.seen.requests;
      const { status, headers } = await asked;
      expect(service.seen.requests).toBe(before);
      return { status, challenge: headers['www-authenticate'], retryAfter: headers['retry-after'] };
    }

    test('lets a live token pass, and tells the service whose it is but not the secret', async () => {
      for (const credential of [
        ['X-API-KEY', token.secret],
        ['Authorization', `bearer ${token.secret}`],
      ]) {
        const answer = await ask('/v2/orders?x=1', [...credential, 'X-Other', 'kept'], { method: 'PATCH', body: Buffer.from('hello') });
        expect(answer.status).toBe(200);
        const { method, url, headers, length } = arrival(answer);
        expect({ method, url, length }).toEqual({ method: 'PATCH', url: '/v2/orders?x=1', length: 5 });
        expect(headers).toMatchObject({
          'x-token-id': token.id,
          'x-token-name': encodeURIComponent('Zürich / 北京'),
          'x-owner-id': latchkey.owner.userId,
          'x-owner-type': 'user',
          'x-owner-email': 'ada@example.org',
          'x-other': 'kept',
        });
        expect(Date.parse(String(headers['x-token-expires-at']))).toBeGreaterThan(Date.now());
        expect(JSON.stringify(headers)).not.toContain(token.secret);
      }
    });

    test('tells Latchkey the client’s address and what it asked for, whatever the client claims', async () => {
      const claims = [
        'X-Forwarded-For',
        '203.0.113.9',
        'X-Real-IP',
        '203.0.113.9',
        'X-Forwarded-Uri',
        '/claimed',
        'X-Forwarded-Method',
        'GET',
      ];
      expect((await ask('/v2/orders?x=1', ['X-API-KEY', token.secret, ...claims], { method: 'DELETE' })).status).toBe(200);
      const [event] = await latchkey.lastEvent();
      const request = expect.stringMatching(/^DELETE 127\.0\.0\.1(:\d+)?\/v2\/orders$/);
      expect(event).toMatchObject({ event: 'token.used', tokenId: token.id, ip: '127.0.0.1', request });
    });

    test('lets a token that is bound to a key pass with a proof for the client’s own request, once', async () => {
      const keys = await DPoP.generateKeyPair('ES256', { extractable: true });
      const bound = await latchkey.newToken('bound');
      await latchkey.bind(bound.id, await exportJWK(keys.publicKey));
      const proofOf = (path: string, method: string) => DPoP.generateProof(keys, gateway.url + path, method, undefined, bound.secret);
      const show = (path: string, proof: string, method = 'PATCH') =>
        ask(path, ['Authorization', `DPoP ${bound.secret}`, 'DPoP', proof], { method });
      const proof = await proofOf('/v2/orders', 'PATCH');
      expect((await show('/v2/orders?x=1', proof)).status).toBe(200);
      const again = await refusal(show('/v2/orders?x=1', proof));
      expect(again).toMatchObject({ status: 401, challenge: expect.stringContaining('DPoP realm="latchkey", error="invalid_dpop_proof"') });
      // What a client says of its own request does not make another one of it.
      const other = ['X-Forwarded-Uri', '/v2/orders', 'X-Forwarded-Method', 'PATCH', 'X-Original-URI', '/v2/orders'];
      const stolen = ['Authorization', `DPoP ${bound.secret}`, 'DPoP', await proofOf('/v2/orders', 'PATCH'), ...other];
      expect((await refusal(ask('/v2/users', stolen, { method: 'DELETE' }))).status).toBe(401);
      expect((await refusal(ask('/', ['Authorization', `Bearer ${bound.secret}`]))).status).toBe(401);
    });

    test('replaces or clears the identity that a client sends', async () => {
      const spoofed = SPOOFED.flatMap((name) => [name, 'spoofed', name, 'spoofed again']);
      const answer = await ask('/', ['X-API-KEY', token.secret, ...spoofed]);
      expect(answer.status).toBe(200);
      expect(answer.body).not.toContain('spoofed');
      expect(arrival(answer).headers['x-token-id']).toBe(token.id);
    });

    test('lets no client take the identity or a wish away by calling headers hop-by-hop', async () => {
      const names = ['X-Token-Id', 'X-Owner-Id', 'X-Required-Scope', 'X-Forwarded-For', 'X-Forwarded-Uri'];
      const hops = ['Connection', ['keep-alive', ...names].join(', ')];
      const answer = await ask('/hops', ['X-API-KEY', token.secret, ...hops]);
      if (answer.status === 200)
        expect(arrival(answer).headers).toMatchObject({ 'x-token-id': token.id, 'x-owner-id': latchkey.owner.userId });
      else expect(answer.status).toBe(400);
      expect([400, 403]).toContain((await ask('/orders/7', ['X-API-KEY', token.secret, ...hops])).status);
      const [event] = await latchkey.lastEvent();
      expect(event).toMatchObject({ ip: '127.0.0.1', request: expect.stringContaining('/') });
    });

    test('hands on every refusal of a credential, with its challenge, and keeps the service out of it', async () => {
      expect(await refusal(ask('/', []))).toEqual({ status: 401, challenge: 'Bearer realm="latchkey"', retryAfter: undefined });
      expect(await refusal(withKey('/', `${token.secret}x`))).toMatchObject({
        status: 401,
        challenge: expect.stringContaining('invalid_token'),
      });
      const two = [
        ['X-API-KEY', token.secret, 'X-API-KEY', token.secret],
        ['X-API-KEY', token.secret, 'x-api-key', withScopes.secret],
        ['X-API-KEY', token.secret, 'Authorization', `Bearer ${token.secret}`],
      ];
      for (const headers of two) expect((await refusal(ask('/', headers))).status, String(headers)).toBe(401);
    });

    test('wants the scopes of a route, and lets no client take them away', async () => {
      expect((await withKey('/orders/7', withScopes.secret)).status).toBe(200);
      for (const headers of [[], ['X-Required-Scope', ''], ['X-Required-Scope', 'more']]) {
        expect(await refusal(ask('/orders/7?scope=', ['X-API-KEY', token.secret, ...headers]))).toMatchObject({
          status: 403,
          challenge: 'Bearer realm="latchkey", error="insufficient_scope", scope="orders.read orders.write"',
        });
      }
      expect((await ask('/', ['X-API-KEY', token.secret, 'X-Required-Scope', 'more'])).status).toBe(200);
    });

    test('wants the scopes of a route however its path is written', async () => {
      for (const path of [
        '/x/../orders/7',
        '/./orders/7',
        '//orders/7',
        '/%6frders/7',
        '/orders%2f7',
        '/orders',
        '/orders;v=1/7',
        '/%6frders',
        '/x/%2e%2e/orders/7',
        '/orders/../orders/7',
        '/x/..%2forders/7',
        '/ORDERS/7',
      ]) {
        const answer = await withKey(path);
        if (answer.status === 200) expect(asReadGenerously(arrival(answer).url), path).not.toMatch(/^\/orders(?!\w)/);
        else expect([400, 403], path).toContain(answer.status);
      }
    });

    test('hands on 429 with its Retry-After, and says what is left of a limit with it and before', async () => {
      const { secret } = await latchkey.newToken('Twice a day', { limit: { requests: 2, windowSeconds: 86_400 } });
      const leftOf = ({ status, headers }: Answer) => [status, String(headers.ratelimit).slice(0, 11), headers['ratelimit-policy']];
      const policy = '"token";q=2;w=86400';
      const claims = ['RateLimit', 'claimed', 'RateLimit-Policy', 'claimed'];
      const passed = await ask('/', ['X-API-KEY', secret, ...claims]);
      expect(leftOf(passed)).toEqual([200, '"token";r=1', policy]);
      expect(leftOf(await withKey('/broken/404', secret))).toEqual([404, '"token";r=0', policy]);
      const asked = withKey('/', secret);
      const { status, retryAfter } = await refusal(asked);
      expect([status, Number(retryAfter) > 40_000]).toEqual([429, true]);
      expect(leftOf(await asked)).toEqual([429, '"token";r=0', policy]);
      const unlimited = await ask('/', ['X-API-KEY', token.secret, ...claims]);
      expect([unlimited.headers.ratelimit, unlimited.headers['ratelimit-policy']]).toEqual([undefined, undefined]);
    });

    test('passes long cookies to the service, and none to Latchkey', async () => {
      // HAProxy by itself takes no more than 15 kB.
      const cookies = ['a', 'b', 'c'].slice(setup.name === 'haproxy' ? 1 : 0).map((name) => `${name}=${name.repeat(5_700)}`);
      const answer = await ask('/', ['X-API-KEY', token.secret, ...cookies.flatMap((cookie) => ['Cookie', cookie])]);
      expect(answer.status).toBe(200);
      for (const cookie of cookies) expect(arrival(answer).headers.cookie).toContain(cookie);
      expect(latchkey.seen.questions.at(-1)?.headers.cookie).toBeUndefined();
    });

    test('leaves the service’s own answers as they are', async () => {
      for (const status of [401, 403, 429, 500, 502, 503]) {
        const answer = await withKey(`/broken/${status}`);
        expect([answer.status, arrival(answer).url]).toEqual([status, `/broken/${status}`]);
        expect([answer.headers['retry-after'], answer.headers['www-authenticate']]).toEqual([status === 503 ? '99' : undefined, undefined]);
      }
    });

    test('lets WebSockets through to those who may pass, and to nobody else', async () => {
      const open = (secret: string) => {
        const socket = connect(gateway.port, '127.0.0.1').setEncoding('latin1');
        const lines = [
          'GET /socket HTTP/1.1',
          `Host: 127.0.0.1:${gateway.port}`,
          'Connection: Upgrade',
          'Upgrade: websocket',
          `X-API-KEY: ${secret}`,
        ];
        const handshake = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
        socket.write(`${[...lines, ...handshake].join('\r\n')}\r\n\r\n`);
        return socket;
      };
      const socket = open(token.secret);
      const [head] = await once(socket, 'data');
      expect(head).toMatch(/^HTTP\/1.1 101 /);
      expect(head.toLowerCase()).toContain('x-seen-owner: ada@example.org');
      socket.write('to and fro');
      expect((await once(socket, 'data'))[0]).toBe('to and fro');
      socket.destroy();
      const refused = open('nonsense');
      expect((await once(refused, 'data'))[0]).toMatch(/^HTTP\/1.1 401 /);
      refused.destroy();
    });

    test('passes an upload of 20 MB whole to the service, and none of it to Latchkey', async () => {
      const body = randomBytes(20 * 1024 * 1024);
      const answer = await ask('/upload', ['X-API-KEY', token.secret], { method: 'POST', body });
      expect(answer.status).toBe(200);
      const { length, sha256 } = arrival(answer);
      expect({ length, sha256 }).toEqual({ length: body.length, sha256: createHash('sha256').update(body).digest('hex') });
      const asked = latchkey.seen.questions.at(-1);
      expect(asked?.headers['transfer-encoding']).toBeUndefined();
      expect(asked?.headers['content-length'] ?? '0').toBe('0');
    });

    test('keeps its connections to Latchkey', async () => {
      const before = { connections: latchkey.seen.connections, questions: latchkey.seen.questions.length };
      for (let i = 0; i < 40; i++) expect((await withKey()).status).toBe(200);
      expect(latchkey.seen.questions.length - before.questions).toBe(40);
      expect(latchkey.seen.connections - before.connections).toBeLessThan(5);
    });

    test('answers 503 with Retry-After, and lets nobody pass, while the database or Latchkey itself is away', async () => {
      await latchkey.stopDatabase();
      expect(await refusal(withKey())).toMatchObject({ status: 503, retryAfter: '1' });
      await latchkey.disappear();
      expect(await refusal(withKey())).toMatchObject({ status: 503, retryAfter: '1' });
    });
  });
}
