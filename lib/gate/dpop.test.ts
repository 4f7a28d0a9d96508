import type { ChildProcess } from 'node:child_process';
import * as DPoP from 'dpop';
import ipaddr from 'ipaddr.js';
import { exportJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import type { Pool, QueryConfig } from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '@/lib/boot/free-port';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { connectRedis, type Redis } from '@/lib/gate/redis';
import { sharedProofs } from '@/lib/gate/shared-proofs';
import { createGate } from '@/lib/gate/verify';
import type { Actor } from '@/lib/permissions/permissions';
import { type Runtime, runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { testGates } from '@/lib/testing/gate';
import { redisProgram, startRedis, stopRedis } from '@/lib/testing/redis';
import { changeAccess } from '@/lib/tokens/access';
import { bindToken, unbindToken } from '@/lib/tokens/binding';
import { createToken, deleteToken, regenerateToken } from '@/lib/tokens/commands';
import { bindTokenInput } from '@/lib/tokens/schema';
import { drawSecret } from '@/lib/tokens/secret';
import { suspendToken } from '@/lib/tokens/suspension';

const database = testDatabase();
const { serve, drained } = testGates();
const API = 'https://api.example.org/v2/orders';
/** What a gateway says of a client's GET of API. */
const FORWARDED = {
  'x-forwarded-method': 'GET',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'api.example.org',
  'x-forwarded-uri': '/v2/orders?page=2',
};
const ALGORITHMS = 'algs="ES256 Ed25519 EdDSA RS256 PS256"';

/** Whether the table of shown proofs answers. */
let isStoreAway = false;

/** What is set where gateways at 127.0.0.1 are believed. */
function behind(): Runtime {
  return { ...runtime(), env: { ...runtime().env, trustedProxies: [[ipaddr.parse('127.0.0.1'), 32]] } };
}

function failing(real: Pool): Pool {
  const query = (config: QueryConfig) =>
    isStoreAway && config.name === 'gate-proof-seen' ? Promise.reject(new Error('away')) : real.query(config);
  return Object.assign(Object.create(real), { query });
}

let owner: Actor;
let keys: DPoP.KeyPair;
let jwk: JWK;
/** Two instances over one database, which believe 127.0.0.1; and one that believes nobody. */
let here: string;
let there: string;
let direct: string;
let names = 0;

beforeAll(async () => {
  owner = await createActor('member');
  keys = await DPoP.generateKeyPair('ES256', { extractable: true });
  jwk = await exportJWK(keys.publicKey);
  here = await serve(createGate(behind(), failing(pool())));
  there = await serve(createGate(behind(), pool()));
  direct = await serve(createGate(runtime(), pool()));
});

const bind = (id: string, publicKey: JWK, from: string | null = null) =>
  bindToken(owner, bindTokenInput.parse({ id, publicKey: { ...publicKey }, from }));

async function newToken(fields: object = {}, key: JWK = jwk) {
  const token = await createToken(owner, { name: `token ${++names}`, description: '', expiration: { kind: 'days', days: 30 }, ...fields });
  const { thumbprint } = await bind(token.id, key);
  return { ...token, thumbprint };
}

const proofOf = (secret: string, { by = keys, htu = API, htm = 'GET' } = {}) => DPoP.generateProof(by, htu, htm, undefined, secret);

const show = (url: string, secret: string, proof?: string, headers: Record<string, string> = FORWARDED, query = '') =>
  fetch(url + query, { headers: { ...headers, authorization: `DPoP ${secret}`, ...(proof !== undefined && { dpop: proof }) } });

/** What an answer tells: its status, its challenge and its body, and not what differs each time. */
async function told(answer: Response): Promise<string> {
  const headers = Object.fromEntries(answer.headers);
  for (const name of ['date', 'x-request-id']) delete headers[name];
  return JSON.stringify([answer.status, headers, await answer.text()]);
}

async function reasonsOf(tokenId: string): Promise<(string | null)[]> {
  await drained();
  const events = await db().auditEvent.findMany({ where: { tokenId, actorType: 'token' }, orderBy: { id: 'asc' } });
  return events.map(({ reason }) => reason);
}

describe('a token that is bound to a key', () => {
  test.each(['ES256', 'Ed25519', 'RS256', 'PS256'] as const)(
    'passes with a proof that the client “dpop” makes with %s',
    async (algorithm) => {
      const by = await DPoP.generateKeyPair(algorithm, { extractable: true });
      const publicKey = await exportJWK(by.publicKey);
      const token = await newToken({}, publicKey);
      expect(token.thumbprint).toBe(await DPoP.calculateThumbprint(by.publicKey));
      for (let request = 0; request < 3; request++) {
        const answer = await show(here, token.secret, await proofOf(token.secret, { by }));
        expect([answer.status, answer.headers.get('x-token-id')]).toEqual([200, token.id]);
      }
      expect(await reasonsOf(token.id)).toEqual([null, null, null]);
    },
  );

  test('is refused as a bearer token and as an API key, with the answer that unknown ones get, also beside a good proof', async () => {
    const { id, secret } = await newToken();
    const unknown = drawSecret('lk');
    for (const headers of [(text: string) => ({ authorization: `Bearer ${text}` }), (text: string) => ({ 'x-api-key': text })]) {
      const dpop = await proofOf(secret);
      const answers = [secret, unknown].map(async (text) => told(await fetch(here, { headers: { ...FORWARDED, ...headers(text), dpop } })));
      const [bound, other] = await Promise.all(answers);
      expect(bound).toBe(other);
      expect(bound).toMatch(/^\[401,.*Bearer realm=\\"latchkey\\", error=\\"invalid_token\\"/);
    }
    expect(await reasonsOf(id)).toEqual(['malformed', 'malformed']);
  });

  test('passes once with each proof, whichever instance sees it first, and the log says that it was replayed', async () => {
    const { id, secret } = await newToken();
    for (const [first, second] of [
      [here, there],
      [there, here],
      [here, here],
    ] as const) {
      const proof = await proofOf(secret);
      expect((await show(first, secret, proof)).status).toBe(200);
      const again = await show(second, secret, proof);
      expect([again.status, again.headers.get('www-authenticate'), await again.json()]).toEqual([
        401,
        `DPoP realm="latchkey", error="invalid_dpop_proof", ${ALGORITHMS}`,
        { error: 'invalid_dpop_proof' },
      ]);
    }
    expect((await reasonsOf(id)).filter(Boolean)).toEqual(['replayed', 'replayed', 'replayed']);
  });

  test('lets one of many pass that come with one proof at once to two instances', async () => {
    const { id, secret } = await newToken();
    for (let round = 0; round < 5; round++) {
      const proof = await proofOf(secret);
      const statuses = await Promise.all(
        Array.from({ length: 40 }, async (_, n) => (await show(n % 2 ? here : there, secret, proof)).status),
      );
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 401)).toHaveLength(39);
    }
    const used = (await reasonsOf(id)).filter((reason) => reason === null);
    expect(used).toHaveLength(5);
  });

  test('keeps what it needs to know a proof again, and removes it in small bites when its time is over', async () => {
    const { secret } = await newToken();
    const columns = `INSERT INTO dpop_proof SELECT sha256(n::text::bytea), now() - interval '1 second' FROM generate_series(1, 5000) n`;
    await withClient(database.adminUrl, (client) => client.query(columns));
    const fresh = createGate({ ...runtime(), env: { ...runtime().env } }, pool());
    const url = await serve(fresh);
    const before = await db().dpopProof.count({ where: { expiresAt: { gt: new Date() } } });
    expect((await show(url, secret, await proofOf(secret, { htu: url }), {})).status).toBe(200);
    await fresh.drained();
    const left = await db().dpopProof.findMany();
    expect(left).toHaveLength(before + 1);
    for (const { expiresAt } of left) expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 60_000);
  });

  test('answers 503 while nobody can say whether a proof is new, and the token stays usable', async () => {
    const { id, secret } = await newToken();
    const proof = await proofOf(secret);
    isStoreAway = true;
    const answer = await show(here, secret, proof);
    isStoreAway = false;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await show(here, secret, proof)).status).toBe(200);
    expect(await reasonsOf(id)).toEqual([null]);
  });

  test('has its binding changed and lifted from the next request on, at every instance', async () => {
    const token = await createToken(owner, { name: `token ${++names}`, description: '', expiration: { kind: 'never' } });
    const statuses = async (by?: DPoP.KeyPair) =>
      Promise.all(
        [here, there].map(async (url) => {
          const answer = by
            ? await show(url, token.secret, await proofOf(token.secret, { by }))
            : await fetch(url, { headers: { 'x-api-key': token.secret } });
          return answer.status;
        }),
      );
    const other = await DPoP.generateKeyPair('Ed25519', { extractable: true });
    expect([await statuses(), await statuses(keys)]).toEqual([
      [200, 200],
      [401, 401],
    ]);
    const { thumbprint } = await bind(token.id, jwk);
    expect([await statuses(), await statuses(keys)]).toEqual([
      [401, 401],
      [200, 200],
    ]);
    const { thumbprint: next } = await bind(token.id, await exportJWK(other.publicKey), thumbprint);
    expect([await statuses(keys), await statuses(other)]).toEqual([
      [401, 401],
      [200, 200],
    ]);
    await unbindToken(owner, { id: token.id, from: next });
    expect([await statuses(), await statuses(other)]).toEqual([
      [200, 200],
      [401, 401],
    ]);
  });

  test('wants a proof for the new value once it is regenerated', async () => {
    const token = await newToken();
    const { secret } = await regenerateToken(owner, { id: token.id, generation: 1 });
    expect((await show(here, secret, await proofOf(token.secret))).status).toBe(401);
    expect((await fetch(here, { headers: { 'x-api-key': secret } })).status).toBe(401);
    expect((await show(here, secret, await proofOf(secret))).status).toBe(200);
  });

  test('opens to nobody when what is stored of its key cannot be read', async () => {
    const { id, secret } = await newToken();
    await withClient(database.adminUrl, (client) =>
      client.query(`UPDATE token SET bound_jwk = '{"kty":"oct","k":""}' WHERE id = $1`, [id]),
    );
    expect((await show(here, secret, await proofOf(secret))).status).toBe(401);
    expect((await fetch(here, { headers: { 'x-api-key': secret } })).status).toBe(401);
  });
});

describe('a proof', () => {
  /** As jose signs it, with whatever is wrong about it. */
  const signed = async (secret: string, claims: object, header: object = {}, by = keys) => {
    const ath = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(secret))).toString('base64url');
    const body = { htm: 'GET', htu: API, ath, iat: Math.floor(Date.now() / 1000), jti: crypto.randomUUID(), ...claims };
    return new SignJWT(body).setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }).sign(by.privateKey);
  };
  const seconds = (ago: number) => Math.floor(Date.now() / 1000) - ago;
  const hmac = async (secret: string) =>
    new SignJWT({ htm: 'GET', htu: API, iat: seconds(0), jti: 'x', ath: secret })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } as JWK })
      .sign(new Uint8Array(32));
  const header = (proof: string, change: object) => {
    const [, ...rest] = proof.split('.');
    return [Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...change })).toString('base64url'), ...rest].join('.');
  };

  const wrong: [name: string, make: (secret: string) => Promise<string | undefined>][] = [
    ['that is missing', async () => undefined],
    ['that is empty', async () => ''],
    ['that is nonsense', async () => 'nonsense'],
    ['that is the secret', async (secret) => secret],
    ['for another method', (secret) => signed(secret, { htm: 'POST' })],
    ['for another path', (secret) => signed(secret, { htu: 'https://api.example.org/v2/users' })],
    ['for another host', (secret) => signed(secret, { htu: 'https://api.example.net/v2/orders' })],
    ['for another scheme', (secret) => signed(secret, { htu: 'http://api.example.org/v2/orders' })],
    ['for /verify instead of the original request', (secret) => signed(secret, { htu: here })],
    ['for another secret', (secret) => signed(secret, { ath: 'x'.repeat(43) })],
    ['for no secret', (secret) => signed(secret, { ath: undefined })],
    ['ten minutes old', (secret) => signed(secret, { iat: seconds(600) })],
    ['from in ten minutes', (secret) => signed(secret, { iat: seconds(-600) })],
    ['without a moment', (secret) => signed(secret, { iat: undefined })],
    ['without a number', (secret) => signed(secret, { jti: undefined })],
    ['with a number that is too long', (secret) => signed(secret, { jti: 'x'.repeat(129) })],
    ['of another type', (secret) => signed(secret, {}, { typ: 'JWT' })],
    ['without a key', (secret) => signed(secret, {}, { jwk: undefined })],
    ['with a private key', async (secret) => signed(secret, {}, { jwk: await exportJWK(keys.privateKey) })],
    ['with algorithm none', async () => new UnsecuredJWT({ htm: 'GET', htu: API, jti: 'x', iat: seconds(0) }).encode()],
    ['with algorithm none and all else right', async (secret) => header(await signed(secret, {}), { alg: 'none' })],
    ['with an HMAC', hmac],
    ['with an HMAC by name', async (secret) => header(await signed(secret, {}), { alg: 'HS256' })],
    ['of 8,000 characters', (secret) => signed(secret, { more: 'x'.repeat(6000) })],
  ];

  test.each(wrong)('%s is refused, and tells nothing about the secret beside it', async (_, make) => {
    const [bound, deleted, suspended] = await Promise.all([newToken(), newToken(), newToken({ ipAllowList: ['192.0.2.0/24'] })]);
    await deleteToken(owner, { id: deleted.id, confirmName: deleted.name });
    await suspendToken(owner, { id: suspended.id, reason: 'leaked' });
    const unbound = await createToken(owner, { name: `token ${++names}`, description: '', expiration: { kind: 'never' } });
    const answers = new Set<string>();
    for (const { secret } of [bound, deleted, suspended, unbound, { secret: drawSecret('lk') }])
      answers.add(await told(await show(here, secret, await make(secret))));
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toMatch(/^\[401,.*DPoP realm=\\"latchkey\\", error=\\"invalid_dpop_proof\\", algs=/);
    expect([await reasonsOf(bound.id), await reasonsOf(deleted.id), await reasonsOf(suspended.id)]).toEqual([
      ['malformed'],
      ['deleted'],
      ['suspended'],
    ]);
    // What was refused used nothing up.
    expect((await show(here, bound.secret, await proofOf(bound.secret))).status).toBe(200);
  });

  test('that is right by itself but not by the token’s key gets the answer of a token that does not exist', async () => {
    const bound = await newToken({ scopes: ['a'], ipAllowList: ['192.0.2.0/24'] });
    const unbound = await createToken(owner, { name: `token ${++names}`, description: '', expiration: { kind: 'never' } });
    const other = await DPoP.generateKeyPair('ES256', { extractable: true });
    const answers = new Set<string>();
    for (const secret of [bound.secret, unbound.secret, drawSecret('lk')]) {
      answers.add(await told(await show(here, secret, await proofOf(secret, { by: other }), FORWARDED, '?scope=b')));
      // The right public key, which is no secret, over a signature by another one.
      answers.add(await told(await show(here, secret, await signed(secret, {}, {}, other as never), FORWARDED, '?scope=b')));
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toMatch(/^\[401,.*DPoP realm=\\"latchkey\\", error=\\"invalid_token\\", algs=/);
    expect(await reasonsOf(bound.id)).toEqual(['malformed', 'malformed']);
  });

  test('in two headers is refused, also when one of them is right', async () => {
    const { secret } = await newToken();
    const proof = await proofOf(secret);
    const headers = new Headers({ ...FORWARDED, authorization: `DPoP ${secret}`, dpop: proof });
    headers.append('dpop', await proofOf(secret));
    expect((await fetch(here, { headers })).status).toBe(401);
    expect((await show(here, secret, proof)).status).toBe(200);
  });

  test('stays unused when its request is refused for an address or a scope; a limit is not touched by one that is shown again', async () => {
    const { id, secret } = await newToken({ scopes: ['a'], limit: { requests: 2, windowSeconds: 86_400 } });
    const proof = await proofOf(secret);
    const scope = await show(here, secret, proof, FORWARDED, '?scope=b');
    expect([scope.status, scope.headers.get('www-authenticate')]).toEqual([
      403,
      `DPoP realm="latchkey", error="insufficient_scope", scope="b", ${ALGORITHMS}`,
    ]);
    await changeAccess(owner, { id, ipAllowList: ['192.0.2.0/24'] });
    // The gate hears of the change by this one; by the next it would have been used up.
    expect((await show(here, secret, await proofOf(secret), FORWARDED, '?scope=b')).status).toBe(403);
    expect((await show(here, secret, proof)).status).toBe(403);
    await changeAccess(owner, { id, ipAllowList: [] });
    const passed = await show(here, secret, proof);
    expect([passed.status, passed.headers.get('ratelimit')]).toEqual([200, expect.stringContaining('r=1')]);
    for (let n = 0; n < 5; n++) expect((await show(here, secret, proof)).status).toBe(401);
    expect((await show(here, secret, await proofOf(secret))).headers.get('ratelimit')).toContain('r=0');
    expect((await show(here, secret, await proofOf(secret))).status).toBe(429);
    expect(new Set(await reasonsOf(id))).toEqual(new Set(['scope', 'address', null, 'replayed', 'rate_limited']));
  });

  test('is for the request to /verify itself where no trusted gateway names another', async () => {
    const { secret } = await newToken();
    // What anybody can write does not count.
    expect((await show(direct, secret, await proofOf(secret))).status).toBe(401);
    expect((await show(direct, secret, await proofOf(secret, { htu: direct }), FORWARDED, '?scope=')).status).toBe(200);
    expect((await show(here, secret, await proofOf(secret, { htu: here }), {})).status).toBe(200);
    const post = await fetch(direct, {
      method: 'POST',
      headers: { authorization: `dpop ${secret}`, dpop: await proofOf(secret, { htu: direct, htm: 'POST' }) },
    });
    expect(post.status).toBe(200);
  });

  test.each([
    ['a port', { ...FORWARDED, 'x-forwarded-host': 'API.example.org:443' }, 200],
    ['a WebSocket', { ...FORWARDED, 'x-forwarded-proto': 'wss' }, 200],
    [
      'the older names',
      { 'x-original-method': 'GET', 'x-original-uri': '/v2/orders', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.example.org' },
      200,
    ],
    ['both names alike', { ...FORWARDED, 'x-original-method': 'GET', 'x-original-uri': '/v2/orders?page=2' }, 200],
    ['two addresses that differ', { ...FORWARDED, 'x-original-uri': '/v2/users' }, 401],
    ['two methods that differ', { ...FORWARDED, 'x-original-method': 'DELETE' }, 401],
    ['another address', { ...FORWARDED, 'x-forwarded-uri': '/v2/users' }, 401],
    ['no method', { ...FORWARDED, 'x-forwarded-method': '' }, 401],
    ['plain HTTP', { ...FORWARDED, 'x-forwarded-proto': 'http' }, 401],
    ['a scheme of two', { ...FORWARDED, 'x-forwarded-proto': 'https, http' }, 401],
    ['a path in the host', { ...FORWARDED, 'x-forwarded-host': 'api.example.org/v2/orders?', 'x-forwarded-uri': '/v2/users' }, 401],
    ['a fragment in the host', { ...FORWARDED, 'x-forwarded-host': 'api.example.org/v2/orders#' }, 401],
    ['somebody in the host', { ...FORWARDED, 'x-forwarded-host': 'x@api.example.org' }, 401],
    ['a whole address', { ...FORWARDED, 'x-forwarded-uri': API }, 401],
  ])('is compared with what a gateway says: %s', async (_, headers, status) => {
    const { secret } = await newToken();
    expect((await show(here, secret, await proofOf(secret), headers)).status).toBe(status);
  });
});

describe.skipIf(!redisProgram)(`proofs in Redis${redisProgram ? '' : ': not run, redis-server is not installed'}`, () => {
  let port: number;
  let redis: ChildProcess;
  const connections: Redis[] = [];
  let first: string;
  let second: string;

  beforeAll(async () => {
    port = await freePort();
    redis = await startRedis(port);
    const { secret } = await newToken();
    const instance = async () => {
      const connection = connectRedis(`redis://127.0.0.1:${port}`, pino({ level: 'silent' }));
      connections.push(connection);
      const url = await serve(createGate(behind(), pool(), { proofs: sharedProofs(connection) }));
      await vi.waitFor(async () => expect(await ask(url, secret)).toBe(200), { timeout: 5000, interval: 100 });
      return url;
    };
    first = await instance();
    second = await instance();
  });
  afterAll(async () => {
    for (const connection of connections) connection.close();
    await stopRedis(redis);
  });

  const ask = async (url: string, secret: string, proof?: string) => (await show(url, secret, proof ?? (await proofOf(secret)))).status;

  test('pass once, whichever instance sees the number first', async () => {
    const { secret } = await newToken();
    for (let round = 0; round < 20; round++) {
      const proof = await proofOf(secret);
      const statuses = await Promise.all([first, second, first, second].map((url) => ask(url, secret, proof)));
      expect(statuses.sort()).toEqual([200, 401, 401, 401]);
    }
  });

  test('are neither new nor old while Redis is away: 503; and one from before it lost its data does not pass again', async () => {
    const { id, secret } = await newToken();
    const proof = await proofOf(secret);
    expect(await ask(first, secret, proof)).toBe(200);
    await stopRedis(redis);
    expect(await ask(first, secret)).toBe(503);
    redis = await startRedis(port);
    await vi.waitFor(async () => expect(await ask(first, secret)).toBe(200), { timeout: 15_000, interval: 100 });
    expect(await ask(first, secret, proof)).toBe(503);
    expect((await reasonsOf(id)).filter((reason) => reason === null)).toHaveLength(2);
  });

  test('wait for a Redis that hangs no longer than a moment', async () => {
    const { secret } = await newToken();
    redis.kill('SIGSTOP');
    const startedAt = performance.now();
    expect(await ask(first, secret)).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    redis.kill('SIGCONT');
  });
});
