import { connect } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Pool, QueryConfig } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { withClient } from '@/lib/boot/roles';
import { db, pool } from '@/lib/db';
import { createGate, type Gate } from '@/lib/gate/verify';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { testGates } from '@/lib/testing/gate';
import { changeAccess } from '@/lib/tokens/access';
import { changeExpiration, createToken, deleteToken, regenerateToken, renameToken } from '@/lib/tokens/commands';
import vectors from '@/lib/tokens/fixtures/token-format.json';
import { drawSecret } from '@/lib/tokens/secret';
import { resumeToken, suspendToken } from '@/lib/tokens/suspension';

const database = testDatabase();
const { serve } = testGates();
let gate: Gate;
let url: string;
let owner: Actor;
let names = 0;

/** The real pool, which notes the name of every statement that the gate sends through it. */
const statements: string[] = [];

function noting(real: Pool): Pool {
  const query = (config: QueryConfig) => {
    statements.push(config.name ?? '');
    return real.query(config);
  };
  return Object.assign(Object.create(real), { query });
}

beforeAll(async () => {
  owner = await createActor('member', { name: 'Owner', email: 'owner@example.org' });
  gate = createGate({ ...runtime(), env: { ...runtime().env, trustedProxies: [] } }, noting(pool()));
  url = await serve(gate);
});

const newToken = (name = `token ${++names}`) => createToken(owner, { name, description: '', expiration: { kind: 'days', days: 30 } });
const withKey = (secret: string, path = '', headers = {}) => fetch(url + path, { headers: { 'x-api-key': secret, ...headers } });

async function eventsOf(tokenId: string) {
  await gate.drained();
  return db().auditEvent.findMany({ where: { tokenId, actorType: 'token' }, orderBy: { id: 'asc' } });
}

/** Sends bytes as they are: what fetch would tidy up. */
function raw(lines: string[]): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    socket.on('end', () => done(answer)).on('error', failed);
    socket.write(`${['GET /verify HTTP/1.1', 'Host: x', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`, 'latin1');
  });
}

describe('/verify', () => {
  test('lets a live token pass, with all identity headers, and has its access on disk by then', async () => {
    const token = await newToken('Zürich / 北京');
    const answer = await withKey(token.secret, '', { 'user-agent': 'probe/1', 'x-owner-email': 'spoofed@example.org' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-token-id': token.id,
      'x-token-name': encodeURIComponent('Zürich / 北京'),
      'x-token-scopes': '',
      'x-token-expires-at': token.expiresAt,
      'x-owner-id': owner.userId,
      'x-owner-type': 'user',
      'x-owner-email': 'owner@example.org',
    });
    // No drained() first: a 200 means that it is stored.
    const events = await db().auditEvent.findMany({ where: { tokenId: token.id, event: 'token.used' } });
    expect(events).toMatchObject([
      { id: answer.headers.get('x-request-id'), actorId: owner.userId, outcome: 'ok', ip: '127.0.0.1', userAgent: 'probe/1', count: 1 },
    ]);
  });

  test('writes when and from where a token was last used, at most once a minute', async () => {
    const token = await newToken();
    await withKey(token.secret);
    await gate.drained();
    const first = await db().token.findUniqueOrThrow({ where: { id: token.id } });
    expect(first).toMatchObject({ lastUsedIp: '127.0.0.1', lastUsedAt: expect.any(Date) });
    await withKey(token.secret);
    await gate.drained();
    expect((await db().token.findUniqueOrThrow({ where: { id: token.id } })).lastUsedAt).toEqual(first.lastUsedAt);
  });

  test('takes a bearer token, the scheme in any case', async () => {
    const { secret } = await newToken();
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect((await fetch(url, { headers: { authorization: `${scheme} ${secret}` } })).status).toBe(200);
    }
  });

  test('takes any method, and reads no body', async () => {
    const { secret } = await newToken();
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const body = method === 'POST' || method === 'PUT' ? 'x'.repeat(200_000) : undefined;
      expect((await fetch(url, { method, body, headers: { 'x-api-key': secret } })).status, method).toBe(200);
    }
  });

  test('answers 401 without an error code when nothing is shown', async () => {
    for (const headers of [new Headers(), new Headers({ authorization: 'Basic dTpw' })]) {
      const answer = await fetch(url, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('gives one and the same answer to whatever is wrong with a token, and keeps the reason', async () => {
    const renamed = await newToken();
    await renameToken(owner, { id: renamed.id, name: 'renamed' });
    expect((await withKey(renamed.secret)).status).toBe(200);

    const deleted = await newToken('to delete');
    await deleteToken(owner, { id: deleted.id, confirmName: 'to delete' });
    const superseded = await newToken();
    const again = await regenerateToken(owner, { id: superseded.id, generation: 1 });
    expect((await withKey(again.secret)).status).toBe(200);
    const expired = await newToken();
    await withClient(database.adminUrl, (client) => client.query(`UPDATE token SET expires_at = now() WHERE id = $1`, [expired.id]));
    const disabledOwner = await createActor('member', { disabledAt: new Date() });
    const suspended = await newToken();
    await suspendToken(owner, { id: suspended.id, reason: 'leaked' });
    const orphan = await createToken(disabledOwner, { name: 'orphan', description: '', expiration: { kind: 'never' } });

    const shapes = new Set<string>();
    for (const secret of [
      deleted.secret,
      superseded.secret,
      suspended.secret,
      expired.secret,
      orphan.secret,
      drawSecret('lk'),
      'nonsense',
    ]) {
      const answer = await withKey(secret);
      const headers = Object.fromEntries(answer.headers);
      delete headers['x-request-id'];
      delete headers.date;
      shapes.add(JSON.stringify([answer.status, headers, await answer.text()]));
    }
    expect([...shapes]).toEqual([expect.stringContaining('invalid_token')]);
    expect([...shapes][0]).toMatch(/^\[401,/);

    expect(await eventsOf(deleted.id)).toMatchObject([
      { event: 'token.refused', outcome: 'refused', reason: 'deleted', actorId: owner.userId },
    ]);
    expect(await eventsOf(superseded.id)).toMatchObject([{ event: 'token.used' }, { reason: 'superseded' }]);
    expect(await eventsOf(suspended.id)).toMatchObject([{ reason: 'suspended' }]);
    expect(await eventsOf(expired.id)).toMatchObject([{ reason: 'expired' }]);
    expect(await eventsOf(orphan.id)).toMatchObject([{ reason: 'owner_disabled' }]);
    const nobody = await db().auditEvent.findMany({ where: { event: 'token.refused', tokenId: null }, select: { reason: true } });
    expect(nobody.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['unknown', 'malformed']));
  });

  test('lets a token pass again when its expiration is moved into the future', async () => {
    const token = await newToken();
    await withClient(database.adminUrl, (client) => client.query(`UPDATE token SET expires_at = now() WHERE id = $1`, [token.id]));
    expect((await withKey(token.secret)).status).toBe(401);
    await changeExpiration(owner, { id: token.id, expiration: { kind: 'days', days: 7 } });
    expect((await withKey(token.secret)).status).toBe(200);
  });

  test('keeps what it looked up, and yet a change by anybody holds from its commit on, on every instance', async () => {
    const other = createGate(runtime(), pool());
    const there = await serve(other);
    const both = (secret: string) => Promise.all([url, there].map((at) => fetch(at, { headers: { 'x-api-key': secret } })));
    const statuses = async (secret: string) => (await both(secret)).map(({ status }) => status);

    const colleague = await createActor('member');
    const make = (name: string) => createToken(colleague, { name, description: '', expiration: { kind: 'days', days: 7 } });
    const [deleted, regenerated, redated, renamed, kept, narrowed, suspended] = await Promise.all([...'abcdefg'].map(make));
    const all = [deleted, regenerated, redated, renamed, kept, narrowed, suspended].map((token) => token?.secret ?? '');
    for (const secret of all) expect(await statuses(secret)).toEqual([200, 200]);
    statements.length = 0;
    for (const secret of all) expect(await statuses(secret)).toEqual([200, 200]);
    expect(statements).not.toContain('gate-look-up');

    await deleteToken(colleague, { id: deleted?.id ?? '', confirmName: 'a' });
    expect(await statuses(deleted?.secret ?? '')).toEqual([401, 401]);
    await regenerateToken(colleague, { id: regenerated?.id ?? '', generation: 1 });
    expect(await statuses(regenerated?.secret ?? '')).toEqual([401, 401]);
    await renameToken(colleague, { id: renamed?.id ?? '', name: 'new name' });
    for (const answer of await both(renamed?.secret ?? '')) expect(answer.headers.get('x-token-name')).toBe('new%20name');
    const [access, secret] = [{ id: narrowed?.id ?? '' }, narrowed?.secret ?? ''];
    await changeAccess(colleague, { ...access, ipAllowList: ['192.0.2.0/24'] });
    expect(await statuses(secret)).toEqual([403, 403]);
    await changeAccess(colleague, { ...access, ipAllowList: ['127.0.0.0/8'] });
    expect(await statuses(secret)).toEqual([200, 200]);
    await changeAccess(colleague, { ...access, ipAllowList: [], scopes: ['a'] });
    for (const answer of await both(secret)) expect([answer.status, answer.headers.get('x-token-scopes')]).toEqual([200, 'a']);
    const suspension = { id: suspended?.id ?? '' };
    await suspendToken(colleague, { ...suspension, reason: 'leaked' });
    expect(await statuses(suspended?.secret ?? '')).toEqual([401, 401]);
    await resumeToken(colleague, suspension);
    expect(await statuses(suspended?.secret ?? '')).toEqual([200, 200]);
    const soon = new Date(Date.now() + 2000);
    await changeExpiration(colleague, { id: redated?.id ?? '', expiration: { kind: 'at', at: soon.toISOString() } });
    expect(await statuses(redated?.secret ?? '')).toEqual([200, 200]);
    await expect.poll(() => statuses(redated?.secret ?? ''), { timeout: 5000 }).toEqual([401, 401]);
    expect(Date.now()).toBeGreaterThanOrEqual(soon.getTime());
    await db().user.update({ where: { id: colleague.userId }, data: { disabledAt: new Date() } });
    expect(await statuses(kept?.secret ?? '')).toEqual([401, 401]);
    await db().user.update({ where: { id: colleague.userId }, data: { disabledAt: null } });
    expect(await statuses(kept?.secret ?? '')).toEqual([200, 200]);

    const stored = await eventsOf(kept?.id ?? '');
    await other.drained();
    expect(stored.filter(({ event }) => event === 'token.used')).toHaveLength(6);
  });

  test('answers 401 to every test vector, and to the malformed ones without a look-up', async () => {
    for (const secret of vectors.valid) expect((await withKey(secret)).status, secret).toBe(401);
    expect(statements).toContain('gate-look-up');
    statements.length = 0;
    // HTTP itself trims a trailing space: the text that arrives is well formed.
    for (const { token } of vectors.invalid.filter(({ token }) => token === token.trim()))
      expect((await withKey(token)).status, token).toBe(401);
    expect(statements).not.toContain('gate-look-up');
  });

  test('refuses two credentials, a repeated header and one in the query as invalid_request', async () => {
    const { secret } = await newToken();
    const other = await newToken();
    const answers = [
      await raw([`X-API-KEY: ${secret}`, `Authorization: Bearer ${secret}`]),
      await raw([`X-API-KEY: ${secret}`, `X-API-KEY: ${secret}`]),
      await raw([`x-api-key: ${secret}`, `X-Api-Key: ${other.secret}`]),
      await raw([`Authorization: Bearer ${secret}`, `Authorization: Bearer ${secret}`]),
      await raw(['Authorization: Basic eDp5', `Authorization: Bearer ${secret}`]),
    ];
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1.1 401 /);
      expect(answer).toContain('error="invalid_request"');
      expect(answer.toLowerCase()).not.toContain('x-token-id');
    }
    for (const query of [
      `?access_token=${secret}`,
      `?x=${secret}`,
      `?api_key=abc`,
      `?TOKEN=${secret}`,
      `?${secret}`,
      `?auth=Bearer%20${secret}`,
    ]) {
      const answer = await withKey(secret, query);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('invalid_request')]);
    }
    // Letters that a token begins with are none.
    expect((await withKey(secret, '?scope=talk_read')).status).toBe(403);
  });

  test('refuses a scope that the token lacks, however it is asked for, and names it', async () => {
    const token = await newToken();
    await withClient(database.adminUrl, (client) => client.query(`UPDATE token SET scopes = '{a,b}' WHERE id = $1`, [token.id]));
    expect((await withKey(token.secret, '?scope=a+b')).headers.get('x-token-scopes')).toBe('a b');
    expect((await withKey(token.secret, '', { 'x-required-scope': 'b' })).status).toBe(200);
    for (const [path, header] of [
      ['?scope=a+c', {}],
      ['?scope=a&scope=c', {}],
      ['?scope=a', { 'x-required-scope': 'c' }],
    ] as const) {
      const answer = await withKey(token.secret, path, header);
      expect(answer.status).toBe(403);
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="latchkey", error="insufficient_scope", scope="a c"'.replace('a c', path.includes('a') ? 'a c' : 'c'),
      );
      expect(answer.headers.get('x-token-id')).toBeNull();
    }
    const odd = await withKey(token.secret, `?scope=${encodeURIComponent('"\r\nx: y é')}`);
    expect([odd.status, odd.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer realm="latchkey", error="insufficient_scope", scope="x: y"',
    ]);
  });

  test('the log keeps which scopes were asked for, and none of what can be no scope', async () => {
    const token = await newToken();
    await changeAccess(owner, { id: token.id, scopes: ['a', 'b'] });
    const many = Array.from({ length: 60 }, (_, n) => `s${n}`);
    for (const path of ['', '?scope=b+a+a', '?scope=c', '?scope=A%00+c+%C3%A9', '?scope=%00', `?scope=${many.join('+')}`])
      await withKey(token.secret, path);
    expect((await eventsOf(token.id)).map(({ scopes }) => scopes)).toEqual([null, 'b a', 'c', 'c', null, many.slice(0, 50).join(' ')]);
  });

  test('refuses an address that the token’s list does not hold, before it looks at scopes, and keeps the reason', async () => {
    const token = await newToken();
    await changeAccess(owner, { id: token.id, scopes: ['a'], ipAllowList: ['192.0.2.0/24', '2001:db8::/32'] });
    const answer = await withKey(token.secret, '?scope=b');
    expect([answer.status, answer.headers.get('www-authenticate'), await answer.json()]).toEqual([
      403,
      null,
      { error: 'address_not_allowed' },
    ]);
    expect(await eventsOf(token.id)).toMatchObject([{ event: 'token.refused', reason: 'address', ip: '127.0.0.1' }]);
    await changeAccess(owner, { id: token.id, ipAllowList: ['127.0.0.1/32'] });
    expect((await withKey(token.secret, '?scope=b')).status).toBe(403);
    expect((await withKey(token.secret, '?scope=a')).status).toBe(200);
    expect((await eventsOf(token.id)).map(({ reason }) => reason)).toEqual(['address', 'scope', null]);
  });

  test('opens to nobody what an address list says in words that it does not know', async () => {
    const token = await newToken();
    await withClient(database.adminUrl, (client) =>
      client.query(`UPDATE token SET ip_allow_list = '{anywhere}' WHERE id = $1`, [token.id]),
    );
    expect((await withKey(token.secret)).status).toBe(403);
  });

  test('knows a client behind a trusted proxy by its own address', async () => {
    const behind = createGate({ ...runtime(), env: { ...runtime().env, trustedProxies: [[ipaddr.parse('127.0.0.1'), 32]] } }, pool());
    const there = await serve(behind);
    const token = await newToken();
    await changeAccess(owner, { id: token.id, ipAllowList: ['198.51.100.0/24', '2001:db8:5::/48'] });
    const statusFrom = async (address: string) =>
      (await fetch(there, { headers: { 'x-api-key': token.secret, 'x-forwarded-for': address } })).status;
    for (const address of ['198.51.100.9', '::ffff:198.51.100.9', '2001:db8:5::1', '10.0.0.1, 198.51.100.9'])
      expect(await statusFrom(address), address).toBe(200);
    for (const address of ['198.51.101.9', '2001:db8:6::1', '198.51.100.9, 203.0.113.5', 'nonsense', ''])
      expect(await statusFrom(address), address).toBe(403);
  });

  test('refuses a wish that no token can fulfil, however odd, and never lets it pass', async () => {
    const token = await newToken();
    await changeAccess(owner, { id: token.id, scopes: ['a', 'b'] });
    const key = `X-API-KEY: ${token.secret}`;
    const odd = ['A', 'a;b', 'a b\u00a0a', 'a/b', '*', '"', 'é', 'a'.repeat(65), 'a'.repeat(7000), 'a b ã', '%61', '{a}'];
    for (const scope of odd) {
      expect(await raw([key, `X-Required-Scope: ${scope}`]), scope).toMatch(/^HTTP\/1.1 403 .*"insufficient_scope"/s);
      expect((await withKey(token.secret, `?scope=${encodeURIComponent(scope)}`)).status, scope).toBe(403);
    }
    for (const query of ['?scope=%E0%A4%A', '?scope=%00', '?scope=a%00', '?scope=%ff', '?scope=a&scope=%', '?scope=a%E2%80%83b'])
      expect((await withKey(token.secret, query)).status, query).toBe(403);
    const many = await withKey(token.secret, `?scope=${Array.from({ length: 1500 }, (_, n) => `scope${n}`).join('+')}`);
    expect([many.status, (many.headers.get('www-authenticate') ?? '').length < 4000]).toEqual([403, true]);
    expect(await raw([key, `X-Required-Scope: ${'a'.repeat(20_000)}`])).toMatch(/^HTTP\/1.1 403 /);
    expect((await withKey(token.secret, `?scope=${'a'.repeat(20_000)}`)).status).toBe(403);
    for (const other of ['a', 'b', '', 'c']) {
      const answer = await raw([key, 'X-Required-Scope: a', `x-required-scope: ${other}`]);
      expect(answer, other).toMatch(/^HTTP\/1.1 401 .*error="invalid_request"/s);
    }
    expect(await raw([key, 'X-Required-Scope: a, b'])).toMatch(/^HTTP\/1.1 200 /);
  });

  test('answers something sensible, never 500, to headers that are empty, huge or not text', async () => {
    const { secret } = await newToken();
    const odd = ['', ' ', '\t', 'é'.repeat(50), '\x80\xff', 'a'.repeat(20_000), `${secret} ${secret}`, `${secret},`, 'Bearer', '%00'];
    for (const value of odd) {
      expect(await raw([`X-API-KEY: ${value}`]), value).toMatch(/^HTTP\/1.1 401 /);
      expect(await raw([`Authorization: ${value}`]), value).toMatch(/^HTTP\/1.1 401 /);
      expect(await raw([`Authorization: Bearer ${value}`]), value).toMatch(/^HTTP\/1.1 401 /);
      expect(await raw([`X-API-KEY: ${secret}`, `X-Required-Scope: ${value}`]), value).toMatch(/^HTTP\/1.1 (200|403) /);
      for (const name of ['X-Forwarded-For', 'X-Real-IP', 'X-Forwarded-Uri', 'X-Request-Id', 'User-Agent']) {
        expect(await raw([`X-API-KEY: ${secret}`, `${name}: ${value}`, `${name}: ${value}`]), `${name} ${value}`).toMatch(
          /^HTTP\/1.1 (200|403) /,
        );
      }
    }
    expect(await raw([`X-API-KEY: ${secret}`, `Cookie: ${'a'.repeat(60_000)}`])).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw([`X-API-KEY: ${'a'.repeat(70_000)}`])).toMatch(/^HTTP\/1.1 431 /);
  });

  test('stores no secret that somebody sends where none belongs', async () => {
    const token = await newToken();
    const misplaced = drawSecret('lk');
    const answer = await withKey(token.secret, '', { 'user-agent': `tool/1 (${misplaced}) (${misplaced}x)` });
    expect(answer.status).toBe(200);
    expect(await eventsOf(token.id)).toMatchObject([{ userAgent: 'tool/1 (lk_…) (lk_…)' }]);
  });

  test('keeps what is wrong with a secret, and asks only whether that is still so', async () => {
    const { id, secret } = await newToken();
    await suspendToken(owner, { id, reason: 'leaked' });
    const unknown = drawSecret('lk');
    for (const value of [secret, unknown]) expect((await withKey(value)).status).toBe(401);
    statements.length = 0;
    for (const value of [secret, unknown]) expect((await withKey(value)).status).toBe(401);
    expect(statements.filter((name) => name !== 'gate-access-log')).toEqual(['gate-version', 'gate-version']);
    await resumeToken(owner, { id });
    expect((await withKey(secret)).status).toBe(200);
  });

  test('keeps a flood of equal refusals as few events whose counts add up exactly', async () => {
    const secret = drawSecret('lk');
    await gate.drained();
    const unknown = { event: 'token.refused', reason: 'unknown' } as const;
    const sum = async () => await db().auditEvent.aggregate({ where: unknown, _sum: { count: true }, _count: true });
    const before = await sum();
    await Promise.all(Array.from({ length: 300 }, () => withKey(secret)));
    await gate.drained();
    const after = await sum();
    expect((after._sum.count ?? 0) - (before._sum.count ?? 0)).toBe(300);
    expect(after._count - before._count).toBeLessThan(40);
  });

  test('answers 503 with Retry-After, and lets nobody pass, when the access cannot be recorded', async () => {
    const token = await newToken();
    const privilege = (verb: string) =>
      withClient(database.adminUrl, (client) =>
        client.query(`${verb} INSERT ON audit_event ${verb === 'REVOKE' ? 'FROM' : 'TO'} latchkey_app`),
      );
    await privilege('REVOKE');
    const answer = await withKey(token.secret);
    await privilege('GRANT');
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-token-id')]).toEqual([503, '1', null]);
    expect((await withKey(token.secret)).status).toBe(200);
    expect(await eventsOf(token.id)).toHaveLength(1);
  });
});
