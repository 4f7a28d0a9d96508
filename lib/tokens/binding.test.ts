import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { db } from '@/lib/db';
import type { Actor } from '@/lib/permissions/permissions';
import { createActor, testDatabase } from '@/lib/testing/database';
import { bindToken, unbindToken } from '@/lib/tokens/binding';
import { createToken, deleteToken, regenerateToken } from '@/lib/tokens/commands';
import { getToken } from '@/lib/tokens/queries';
import { bindTokenInput, createTokenInput } from '@/lib/tokens/schema';

testDatabase();

// RFC 8037, appendix A.3: a key and its thumbprint.
const JWK_8037 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const PRINT_8037 = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';

let owner: Actor;
let names = 0;

beforeAll(async () => {
  owner = await createActor('member');
});

const fields = (more: object = {}) =>
  createTokenInput.parse({ name: `token ${++names}`, description: '', expiration: { kind: 'never' }, ...more });
const newToken = (more: object = {}) => createToken(owner, fields(more));
const bind = (id: string, publicKey: unknown, from: string | null = null, actor = owner) =>
  bindToken(actor, bindTokenInput.parse({ id, publicKey, from }));
const another = async () => exportJWK((await generateKeyPair('ES256')).publicKey);
const stored = (id: string) => db().token.findUniqueOrThrow({ where: { id }, select: { boundJwk: true, boundThumbprint: true } });
const events = (tokenId: string) =>
  db().auditEvent.findMany({
    where: { tokenId, event: { not: 'token.created' } },
    orderBy: { id: 'asc' },
    select: { event: true, changes: true },
  });

describe('bindToken', () => {
  test('keeps the public key without what it does not need, and its RFC 7638 thumbprint; the log has the thumbprint', async () => {
    const { id } = await newToken();
    expect(await bind(id, { ...JWK_8037, kid: 'mine', use: 'sig' })).toEqual({ thumbprint: PRINT_8037 });
    expect(await stored(id)).toEqual({ boundJwk: JWK_8037, boundThumbprint: PRINT_8037 });
    expect((await getToken(owner, id)).boundThumbprint).toBe(PRINT_8037);
    expect(await events(id)).toEqual([{ event: 'token.bound', changes: { boundThumbprint: [null, PRINT_8037] } }]);
  });

  test('changes the key, and takes it away, each with before and after in the log', async () => {
    const { id } = await newToken({ publicKey: JWK_8037 });
    const { thumbprint } = await bind(id, await another(), PRINT_8037);
    await unbindToken(owner, { id, from: thumbprint });
    expect(await stored(id)).toEqual({ boundJwk: null, boundThumbprint: null });
    expect(await events(id)).toEqual([
      { event: 'token.bound', changes: { boundThumbprint: [PRINT_8037, thumbprint] } },
      { event: 'token.unbound', changes: { boundThumbprint: [thumbprint, null] } },
    ]);
  });

  test('does nothing the second time, and refuses to undo what somebody else chose meanwhile', async () => {
    const { id } = await newToken();
    await bind(id, JWK_8037);
    expect(await bind(id, JWK_8037)).toEqual({ thumbprint: PRINT_8037 });
    const other = await another();
    await expect(bind(id, other)).rejects.toMatchObject({ code: 'changed_meanwhile' });
    await expect(unbindToken(owner, { id, from: 'x' })).rejects.toMatchObject({ code: 'changed_meanwhile' });
    expect(await stored(id)).toMatchObject({ boundThumbprint: PRINT_8037 });
    await unbindToken(owner, { id, from: PRINT_8037 });
    await unbindToken(owner, { id, from: PRINT_8037 });
    expect(await events(id)).toHaveLength(2);
  });

  test('is for administrators too, and refused for a deleted token', async () => {
    const { id, name } = await newToken();
    await bind(id, JWK_8037, null, await createActor('admin'));
    await deleteToken(owner, { id, confirmName: name });
    await expect(unbindToken(owner, { id, from: PRINT_8037 })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('lasts when the token is regenerated', async () => {
    const { id } = await newToken({ publicKey: JWK_8037 });
    await regenerateToken(owner, { id, generation: 1 });
    expect(await stored(id)).toMatchObject({ boundThumbprint: PRINT_8037 });
  });

  test('refuses a point that is not on its curve, and changes nothing', async () => {
    const { id } = await newToken();
    const { x, y } = await another();
    for (const publicKey of [
      { kty: 'EC', crv: 'P-256', x, y: x },
      { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y },
    ])
      await expect(bind(id, publicKey)).rejects.toMatchObject({
        code: 'invalid_input',
        detail: { field: 'publicKey', rule: 'key_invalid' },
      });
    await expect(newToken({ name: 'none', publicKey: { kty: 'EC', crv: 'P-256', x, y: x } })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    expect(await db().token.count({ where: { name: 'none' } })).toBe(0);
    expect(await events(id)).toEqual([]);
  });
});

test('a token is bound from its first moment on when it is generated with a key', async () => {
  const { id } = await newToken({ publicKey: JWK_8037 });
  expect(await stored(id)).toEqual({ boundJwk: JWK_8037, boundThumbprint: PRINT_8037 });
  const [created] = await db().auditEvent.findMany({ where: { tokenId: id }, select: { event: true, changes: true } });
  expect(created).toMatchObject({ event: 'token.created', changes: { boundThumbprint: [null, PRINT_8037] } });
  expect(await stored((await newToken()).id)).toEqual({ boundJwk: null, boundThumbprint: null });
});

test('what is wrong with a pasted key is named, and nothing of it is said again', async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const secret = (await exportJWK(privateKey)) as JWK & { d: string };
  for (const [publicKey, rule] of [
    [secret, 'key_private'],
    [{ kty: 'oct', k: secret.d }, 'key_symmetric'],
    [{ kty: 'EC', crv: 'P-521', x: 'a', y: 'b' }, 'key_unsupported'],
    [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }, 'key_weak'],
    ['-----BEGIN PRIVATE KEY-----', 'key_invalid'],
    [null, 'key_invalid'],
    [undefined, 'key_invalid'],
  ] as const) {
    const { error } = bindTokenInput.safeParse({ id: '0195f3a0-0000-7000-8000-000000000001', publicKey, from: null });
    expect(error?.issues).toMatchObject([{ path: ['publicKey'], message: rule }]);
    expect(JSON.stringify(error)).not.toContain(secret.d);
  }
});
