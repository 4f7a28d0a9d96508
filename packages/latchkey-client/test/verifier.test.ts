import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import * as DPoP from 'dpop';
import ipaddr from 'ipaddr.js';
import { exportJWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { createGate, type Gate } from '@/lib/gate/verify';
import { type PublicKey, readPublicKey } from '@/lib/jwk';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { bindToken } from '@/lib/tokens/binding';
import { createToken, deleteToken } from '@/lib/tokens/commands';
import { accessOf, createVerifier, guard, guardExpress, type Unavailable, type Verifier } from '../src/index.js';

const database = testDatabase();
const servers: Server[] = [];
let gate: Gate;
let url: string;
let questions = 0;
let verifier: Verifier;
let owner: Awaited<ReturnType<typeof createActor>>;

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  gate = createGate({ ...runtime(), env: { ...runtime().env, trustedProxies: [[ipaddr.parse('127.0.0.1'), 32]] } }, pool());
  url = await listen((req, res) => {
    questions++;
    gate.handle(req, res);
  });
  verifier = createVerifier({ url });
  owner = await createActor('member', { email: 'ada@example.org' });
});
afterAll(async () => {
  await gate.drained();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

let names = 0;
async function newToken(scopes: string[] = [], name = `client ${++names}`) {
  const token = await createToken(owner, { name, description: '', expiration: { kind: 'days', days: 7 } });
  await execute('UPDATE token SET scopes = $1 WHERE id = $2', [scopes, token.id]);
  return { ...token, name };
}
const execute = (sql: string, values: unknown[]) => withClient(database.adminUrl, (client) => client.query(sql, values));
const lastAccess = async (tokenId: string) => {
  await gate.drained();
  return db().auditEvent.findFirst({ where: { tokenId, actorType: 'token' }, orderBy: { id: 'desc' } });
};

describe('verify', () => {
  test('allows a live token, says whose it is, and tells Latchkey who asked for what', async () => {
    const token = await newToken(['b', 'a'], 'Zürich / 北京');
    const verification = await verifier.verify({
      secret: token.secret,
      scopes: ['a'],
      ip: '198.51.100.7',
      method: 'PUT',
      host: 'x.org',
      uri: '/a?b',
    });
    expect(verification).toEqual({
      outcome: 'allowed',
      token: {
        id: token.id,
        name: 'Zürich / 北京',
        scopes: expect.arrayContaining(['a', 'b']),
        expiresAt: new Date(token.expiresAt ?? ''),
      },
      owner: { id: owner.userId, type: 'user', email: 'ada@example.org' },
      requestId: expect.any(String),
      rateLimit: null,
      isCached: false,
    });
    expect(await lastAccess(token.id)).toMatchObject({ ip: '198.51.100.7', request: 'PUT x.org/a' });
  });

  test('says what is left of a limit, for who may pass and for who may not', async () => {
    const limit = { requests: 1, windowSeconds: 86_400 } as const;
    const { secret } = await createToken(owner, { name: 'limited', description: '', expiration: { kind: 'days', days: 7 }, limit });
    const policy = '"token";q=1;w=86400';
    const verification = await verifier.verify({ secret });
    const left = expect.stringMatching(/^"token";r=0;t=\d+$/);
    expect(verification).toMatchObject({ outcome: 'allowed', rateLimit: { left, policy } });
    expect(await verifier.verify({ secret })).toMatchObject({ outcome: 'refused', status: 429, rateLimit: { left, policy } });
  });

  test('takes the credential from any kind of headers', async () => {
    const { secret } = await newToken();
    const kinds = [
      new Headers({ 'X-API-KEY': secret }),
      new Headers({ authorization: `bearer ${secret}` }),
      { 'x-api-key': secret, authorization: 'Basic dTpw' },
      { Authorization: [`Bearer ${secret}`], cookie: undefined },
      [['x-API-key', secret] as const],
    ];
    for (const headers of kinds) expect(await verifier.verify({ headers }), JSON.stringify(headers)).toMatchObject({ outcome: 'allowed' });
  });

  test('refuses no credential, a wrong one, two of them, and one that HTTP cannot carry', async () => {
    const { secret } = await newToken();
    const refused = { outcome: 'refused', status: 401, retryAfter: null };
    expect(await verifier.verify({ headers: {} })).toEqual({
      ...{ ...refused, error: 'unauthorized', scope: null, challenge: 'Bearer realm="latchkey"', requestId: null },
      rateLimit: null,
    });
    const repeated = new Headers({ 'x-api-key': secret });
    repeated.append('x-api-key', secret);
    const joined = new Headers({ authorization: 'Basic dTpw' });
    joined.append('authorization', `Bearer ${secret}`);
    for (const headers of [
      { 'x-api-key': secret, authorization: `Bearer ${secret}` },
      { 'x-api-key': [secret, secret] },
      { authorization: [`Bearer ${secret}`, `Bearer ${secret}`] },
      { authorization: ['Basic dTpw', `Bearer ${secret}`] },
      { authorization: ['Basic dTpw', 'Basic dTpw'] },
      [['x-api-key', secret] as const, ['X-API-KEY', secret] as const],
      repeated,
      joined,
    ]) {
      expect(await verifier.verify({ headers }), JSON.stringify(headers)).toMatchObject({ ...refused, error: 'invalid_request' });
    }
    for (const wrong of ['', 'nonsense', `${secret}x`, `${secret}\r\nx-api-key: ${secret}`, '北京', '\ud800', 'é'.repeat(20_000)]) {
      expect(await verifier.verify({ secret: wrong })).toMatchObject({ ...refused, error: 'invalid_token' });
    }
  });

  test('names the scope that is missing, and rejects a scope that cannot exist', async () => {
    const { secret } = await newToken(['a']);
    expect(await verifier.verify({ secret, scopes: ['a', 'b'] })).toMatchObject({
      ...{ outcome: 'refused', status: 403, error: 'insufficient_scope', scope: 'a b', challenge: expect.stringContaining('scope="a b"') },
    });
    for (const scope of ['', 'A', 'a b', 'a,b', 'é']) await expect(verifier.verify({ secret, scopes: [scope] })).rejects.toThrow(TypeError);
  });

  test('asks whatever the client’s address, path and user agent look like', async () => {
    const { secret } = await newToken();
    const odd = '\r\nx-api-key: y 北京 \ud800'.repeat(500);
    const headers = [['x-api-key', secret] as const, ['user-agent', odd] as const];
    expect(await verifier.verify({ headers, ip: odd, method: odd, host: odd, uri: odd })).toMatchObject({ outcome: 'allowed' });
  });

  test('hands on 429 and 503 with the time to wait', async () => {
    const answering = (status: number, headers: Record<string, string>) =>
      listen((_, res) => res.writeHead(status, headers).end('{"error":"rate_limited"}'));
    const ask = async (status: number, headers = {}) => createVerifier({ url: await answering(status, headers) }).verify({ secret: 'x' });
    expect(await ask(429, { 'retry-after': '7' })).toMatchObject({ outcome: 'refused', status: 429, error: 'rate_limited', retryAfter: 7 });
    expect(await ask(429)).toMatchObject({ outcome: 'refused', retryAfter: 1 });
    expect(await ask(503, { 'retry-after': '9' })).toMatchObject({ outcome: 'unavailable', status: 503, retryAfter: 9 });
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    expect((await ask(429, { 'retry-after': inAMinute })) as { retryAfter: number }).toMatchObject({ retryAfter: expect.closeTo(60, -1) });
  });

  test('lets nobody pass by an answer that is not Latchkey’s', async () => {
    const elsewhere = await listen((_, res) =>
      res.writeHead(200, { 'x-token-id': 'x', 'x-owner-id': 'y', 'x-token-expires-at': '' }).end(),
    );
    const answers: RequestListener[] = [
      (_, res) => res.writeHead(200).end('welcome'),
      (_, res) => res.writeHead(200, { 'x-token-id': 'x', 'x-owner-id': 'y', 'x-token-expires-at': 'soon' }).end(),
      (_, res) => res.writeHead(204, { 'x-token-id': 'x', 'x-owner-id': 'y', 'x-token-expires-at': '' }).end(),
      (_, res) => res.writeHead(307, { location: elsewhere }).end(),
      (_, res) => res.writeHead(404).end(),
      (_, res) => res.writeHead(500).end(),
      (_, res) => res.writeHead(200, { 'content-length': '10' }).write('half', () => res.destroy()),
    ];
    for (const answer of answers) {
      const reasons: Unavailable[] = [];
      const asked = createVerifier({ url: await listen(answer), onUnavailable: (unavailable) => reasons.push(unavailable) });
      const verification = await asked.verify({ secret: 'x' });
      expect(verification).toMatchObject({ outcome: 'unavailable', status: 503, retryAfter: 1, reason: expect.any(String) });
      expect(reasons).toEqual([verification]);
    }
  });

  test('lets nobody pass while Latchkey is away or too slow', async () => {
    const away = createVerifier({ url: 'http://127.0.0.1:9' });
    expect(await away.verify({ secret: 'x' })).toMatchObject({ outcome: 'unavailable', status: 503, retryAfter: 1 });
    const slow = createVerifier({ url: await listen(() => {}), timeout: 50 });
    expect(await slow.verify({ secret: 'x' })).toMatchObject({ outcome: 'unavailable', reason: expect.stringContaining('timeout') });
    const stuck = createVerifier({ url: await listen((_, res) => res.writeHead(200).write('x')), timeout: 50 });
    expect(await stuck.verify({ secret: 'x' })).toMatchObject({ outcome: 'unavailable', status: 503 });
  });

  test('rejects options that cannot be right', () => {
    for (const bad of ['', 'latchkey', 'ftp://x', 'http://u:p@x', 'http://x/other', 'http://x?y=1'])
      expect(() => createVerifier({ url: bad })).toThrow(TypeError);
    for (const timeout of [0, -1, Number.NaN, 1e9]) expect(() => createVerifier({ url, timeout })).toThrow(RangeError);
    for (const ttlSeconds of [0, 61, Number.NaN]) expect(() => createVerifier({ url, cache: { ttlSeconds } })).toThrow(RangeError);
    expect(() => createVerifier({ url, cache: { ttlSeconds: 1, max: 0 } })).toThrow(RangeError);
  });
});

describe('the cache', () => {
  const asked = async (work: () => Promise<unknown>) => {
    const before = questions;
    await work();
    return questions - before;
  };

  test('is off unless it is asked for', async () => {
    const { secret } = await newToken();
    expect(await asked(async () => [await verifier.verify({ secret }), await verifier.verify({ secret })])).toBe(2);
  });

  test('answers the same question once, and another one anew', async () => {
    const cached = createVerifier({ url, cache: { ttlSeconds: 60 } });
    const { secret } = await newToken(['a']);
    const first = await cached.verify({ secret, ip: '192.0.2.1' });
    expect(
      await asked(async () => expect(await cached.verify({ secret, ip: '192.0.2.1', uri: '/x' })).toEqual({ ...first, isCached: true })),
    ).toBe(0);
    for (const other of [{ ip: '192.0.2.2' }, { scopes: ['a'] }, { scopes: ['b'] }]) {
      expect(await asked(() => cached.verify({ secret, ip: '192.0.2.1', ...other }))).toBe(1);
    }
    expect(await asked(() => cached.verify({ headers: { authorization: `Bearer ${secret}` } }))).toBe(1);
  });

  test('lets a revoked token pass no longer than it was told, and never remembers a refusal', async () => {
    const cached = createVerifier({ url, cache: { ttlSeconds: 1 } });
    const token = await newToken();
    await cached.verify({ secret: token.secret });
    const answeredAt = performance.now();
    await deleteToken(owner, { id: token.id, confirmName: token.name });
    let lastPassAt = 0;
    const ask = async () => {
      const startedAt = performance.now();
      const { outcome } = await cached.verify({ secret: token.secret });
      if (outcome === 'allowed') lastPassAt = startedAt;
      return outcome;
    };
    await expect.poll(ask, { timeout: 8000, interval: 10 }).toBe('refused');
    expect(lastPassAt).toBeLessThan(answeredAt + 1000);
    expect(await asked(() => cached.verify({ secret: token.secret }))).toBe(1);
  });

  test('never outlives the token', async () => {
    const cached = createVerifier({ url, cache: { ttlSeconds: 60 } });
    const token = await newToken();
    const [{ expires_at: expiresAt }] = (
      await execute(`UPDATE token SET expires_at = now() + interval '4 seconds' WHERE id = $1 RETURNING expires_at`, [token.id])
    ).rows as [{ expires_at: Date }];
    expect(await cached.verify({ secret: token.secret })).toMatchObject({ outcome: 'allowed', isCached: false });
    expect(await cached.verify({ secret: token.secret })).toMatchObject({ outcome: 'allowed', isCached: true });
    let lastCachedAt = 0;
    const ask = async () => {
      const startedAt = Date.now();
      const verification = await cached.verify({ secret: token.secret });
      if (verification.outcome === 'allowed' && verification.isCached) lastCachedAt = startedAt;
      return verification.outcome;
    };
    await expect.poll(ask, { timeout: 8000, interval: 10 }).toBe('refused');
    expect(lastCachedAt).toBeLessThan(expiresAt.getTime());
  });

  test('forgets the oldest when it is full, and lets nobody change what it remembers', async () => {
    const cached = createVerifier({ url, cache: { ttlSeconds: 60, max: 2 } });
    const tokens = await Promise.all([newToken(), newToken(), newToken()]);
    for (const { secret } of tokens) {
      const verification = await cached.verify({ secret });
      if (verification.outcome === 'allowed') verification.owner.id = 'changed';
    }
    const again = await Promise.all(tokens.toReversed().map(({ secret }) => cached.verify({ secret })));
    expect(again).toMatchObject([
      { isCached: true, owner: { id: owner.userId } },
      { isCached: true, owner: { id: owner.userId } },
      { isCached: false },
    ]);
  });
});

describe('a token that is bound to a key', () => {
  let keys: DPoP.KeyPair;
  const address = 'https://api.example.org/v2/orders';
  const proofOf = (secret: string, htu = address) => DPoP.generateProof(keys, htu, 'GET', undefined, secret);
  beforeAll(async () => {
    keys = await DPoP.generateKeyPair('ES256', { extractable: true });
  });
  const newBound = async () => {
    const token = await newToken();
    const { key } = readPublicKey(await exportJWK(keys.publicKey)) as { key: PublicKey };
    await bindToken(owner, { id: token.id, publicKey: key, from: null });
    return token.secret;
  };
  const shown = (secret: string, dpop: string) => ({ authorization: `DPoP ${secret}`, dpop });

  test('passes with a proof for the request that is asked about, once, also where answers are remembered', async () => {
    const secret = await newBound();
    for (const one of [verifier, createVerifier({ url, cache: { ttlSeconds: 60 } })]) {
      const headers = shown(secret, await proofOf(secret));
      const question = { headers, method: 'GET', proto: 'https', host: 'api.example.org', uri: '/v2/orders?x=1' };
      expect(await one.verify(question)).toMatchObject({ outcome: 'allowed' });
      const again = { outcome: 'refused', error: 'invalid_dpop_proof', challenge: expect.stringContaining('DPoP') };
      expect(await one.verify(question)).toMatchObject(again);
      expect(await one.verify({ ...question, headers: { authorization: headers.authorization } })).toMatchObject({ outcome: 'refused' });
    }
  });

  test('passes a guard by the address that its request bears, or by the one that it is told', async () => {
    const secret = await newBound();
    const ask = async (at: string, options = {}) => {
      const GET = guard(verifier, () => new Response('ok'), options);
      return (await GET(new Request(at, { headers: shown(secret, await proofOf(secret)) }))).status;
    };
    expect(await ask(`${address}?x=1`)).toBe(200);
    expect(await ask('http://10.0.0.1:8080/v2/orders')).toBe(401);
    expect(await ask('http://10.0.0.1:8080/v2/orders', { origin: 'https://api.example.org' })).toBe(200);
  });

  test('passes Express’ guard, and not with two proofs', async () => {
    const secret = await newBound();
    const handler = (middleware: ReturnType<typeof guardExpress>) => listen((req, res) => middleware(req, res, () => res.end('ok')));
    const [own, told] = await Promise.all([
      handler(guardExpress(verifier)),
      handler(guardExpress(verifier, { origin: 'https://api.example.org' })),
    ]);
    expect((await fetch(`${own}/a?b=c`, { headers: shown(secret, await proofOf(secret, `${own}/a`)) })).status).toBe(200);
    expect((await fetch(`${told}/v2/orders`, { headers: shown(secret, await proofOf(secret)) })).status).toBe(200);
    const two = new Headers(shown(secret, await proofOf(secret)));
    two.append('dpop', await proofOf(secret));
    expect((await fetch(`${told}/v2/orders`, { headers: two })).status).toBe(401);
  });
});

describe('guard', () => {
  const request = (headers: Record<string, string>, method = 'GET') =>
    new Request('https://api.example.org/v2/orders?x=1', { headers, method });

  test('tells the client what is left of a limit, whether it may pass or not, unless the answer takes no more headers', async () => {
    const { id, secret } = await newToken();
    await execute('UPDATE token SET limit_requests = 2, limit_window_seconds = 86400 WHERE id = $1', [id]);
    const ask = (handler: () => Response) => guard(verifier, handler)(request({ 'x-api-key': secret }));
    const answers = [
      await ask(() => new Response()),
      await ask(() => Response.redirect('https://x.org/')),
      await ask(() => new Response()),
    ];
    expect(
      answers.map(({ status, headers }) => [status, headers.get('ratelimit')?.slice(0, 11) ?? null, headers.get('ratelimit-policy')]),
    ).toEqual([
      [200, '"token";r=1', '"token";q=2;w=86400'],
      [302, null, null],
      [429, '"token";r=0', '"token";q=2;w=86400'],
    ]);
  });

  test('calls the handler with whose request it is and with the route’s context, for those who may pass', async () => {
    const GET = guard(verifier, async (_request, access, { params }: { params: Promise<{ id: string }> }) =>
      Response.json({ email: access.owner.email, ...(await params) }),
    );
    const token = await newToken();
    const context = { params: Promise.resolve({ id: '7' }) };
    const answer = await GET(request({ authorization: `Bearer ${token.secret}` }), context);
    expect([answer.status, await answer.json()]).toEqual([200, { email: 'ada@example.org', id: '7' }]);
    expect(await lastAccess(token.id)).toMatchObject({ request: 'GET api.example.org/v2/orders' });
  });

  test('answers everybody else itself', async () => {
    let calls = 0;
    const handler = () => new Response(String(++calls));
    const { secret } = await newToken(['a']);
    const POST = guard(verifier, handler, { scopes: (asked: Request) => (asked.method === 'POST' ? ['a', 'b'] : ['a']) });
    const refused = await POST(request({ 'x-api-key': secret }, 'POST'));
    expect([refused.status, refused.headers.get('www-authenticate'), await refused.json()]).toEqual([
      ...[403, expect.stringContaining('insufficient_scope'), { error: 'insufficient_scope' }],
    ]);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    const unknown = await POST(request({}));
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="latchkey"']);
    const away = await guard(createVerifier({ url: 'http://127.0.0.1:9' }), handler)(request({ 'x-api-key': secret }));
    expect([away.status, away.headers.get('retry-after'), await away.json()]).toEqual([503, '1', { error: 'unavailable' }]);
    expect(calls).toBe(0);
    expect((await POST(request({ 'x-api-key': secret }))).status).toBe(200);
  });
});

describe('guardExpress', () => {
  let failures: unknown[] = [];
  afterEach(() => {
    failures = [];
  });

  /** A server that calls middleware as Express does. */
  const serve = (middleware: ReturnType<typeof guardExpress>) =>
    listen((req, res) =>
      middleware(req, res, (error) => {
        if (error) failures.push(error);
        res.end(error ? 'failed' : JSON.stringify([accessOf(req).owner.email, req.headers['x-owner-id'] ?? null]));
      }),
    );

  test('goes on for those who may pass, without an identity that the client claims', async () => {
    const token = await newToken();
    const server = await serve(guardExpress(verifier));
    const answer = await fetch(`${server}/v2/orders?x=1`, { headers: { 'x-api-key': token.secret, 'x-owner-id': 'spoofed' } });
    expect([answer.status, await answer.json()]).toEqual([200, ['ada@example.org', null]]);
    expect(await lastAccess(token.id)).toMatchObject({ ip: '127.0.0.1', request: `GET ${new URL(server).host}/v2/orders` });
  });

  test('answers everybody else itself, with two credentials too', async () => {
    const { secret } = await newToken();
    const server = await serve(guardExpress(verifier, { scopes: ['a'] }));
    const refused = await fetch(server, { headers: { 'x-api-key': secret } });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('scope="a"')]);
    const away = await fetch(await serve(guardExpress(createVerifier({ url: 'http://127.0.0.1:9' }))), {
      headers: { 'x-api-key': secret },
    });
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    const open = await serve(guardExpress(verifier));
    for (const name of ['X-API-KEY', 'Authorization: Bearer']) {
      const line = name.includes(':') ? `${name} ${secret}` : `${name}: ${secret}`;
      const socket = connect(Number(new URL(open).port), '127.0.0.1').setEncoding('latin1');
      socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${line}\r\n${line}\r\n\r\n`);
      expect((await once(socket, 'data'))[0]).toMatch(/^HTTP\/1.1 401 /);
      socket.destroy();
    }
  });

  test('hands a mistake in its own set-up to the error handler, and an unguarded route finds nobody', async () => {
    const server = await serve(guardExpress(verifier, { scopes: () => ['Not A Scope'] }));
    expect(await (await fetch(server)).text()).toBe('failed');
    expect(failures).toEqual([expect.any(TypeError)]);
    expect(() => accessOf({})).toThrow('guardExpress');
  });
});
