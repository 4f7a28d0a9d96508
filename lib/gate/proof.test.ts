import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { isMadeFor, isSignedBy, normalUri, readProof } from '@/lib/gate/proof';
import type { PublicKey } from '@/lib/jwk';

describe('normalUri', () => {
  test.each([
    ['https://api.example.org/orders', 'https://api.example.org/orders'],
    ['HTTPS://API.Example.ORG:443/orders?x=1#y', 'https://api.example.org/orders'],
    ['http://api.example.org', 'http://api.example.org/'],
    ['http://api.example.org:80', 'http://api.example.org/'],
    ['http://api.example.org:8080/', 'http://api.example.org:8080/'],
    ['https://a/%7Efoo/%2fbar/%e4', 'https://a/~foo/%2Fbar/%E4'],
    ['https://a/x/../y/./z', 'https://a/y/z'],
    ['https://a/%41%2d%5f', 'https://a/A-_'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['https://[::1]:3000/', 'https://[::1]:3000/'],
  ])('%s is %s', (text, expected) => {
    expect(normalUri(text)).toBe(expected);
    expect(normalUri(expected)).toBe(expected);
  });

  test.each([
    '',
    'orders',
    '/orders',
    'ftp://a/',
    'javascript:alert(1)',
    'https://user@a/',
    'https://u:p@a/',
    'https://',
    'https://a b/',
    'https://a/\t',
    'https:\\\\a\\b',
    'https://a/\\b',
    'https://a/\u0000',
    ' https://a/',
    null,
    undefined,
    7,
    ['https://a/'],
    `https://a/${'a'.repeat(5000)}`,
  ])('%s is no address that a proof can be for', (text) => {
    expect(normalUri(text)).toBeUndefined();
  });

  test('tells paths apart that mean different things, and no others', () => {
    for (const [one, other] of [
      ['https://a/x', 'https://a/x/'],
      ['https://a/x', 'https://a/X'],
      ['https://a/x/y', 'https://a/x%2Fy'],
      ['https://a/x', 'http://a/x'],
      ['https://a/x', 'https://a:8443/x'],
      ['https://a/x', 'https://a//x'],
    ])
      expect(normalUri(one)).not.toBe(normalUri(other));
  });

  test('gives the same for its own result, of any address', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        const normal = normalUri(url);
        expect(normal).toBeDefined();
        expect(normal).not.toMatch(/[?#]/);
        expect(normalUri(normal)).toBe(normal);
      }),
    );
  });
});

describe('a proof', () => {
  const now = Date.UTC(2030, 0, 1);
  const secret = 'lk_secret';
  const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');
  const claims = { htm: 'POST', htu: 'https://api.example.org/orders', iat: now / 1000, jti: 'one' };
  const target = { method: 'POST', uri: 'https://api.example.org/orders?page=2' };
  let jwk: JWK;
  let sign: (changes?: object, header?: object) => Promise<string>;

  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    jwk = await exportJWK(publicKey);
    sign = (changes = {}, header = {}) =>
      // Not by SignJWT, which refuses what has to be tried here.
      new CompactSign(Buffer.from(JSON.stringify({ ...claims, ath: hashOf(secret), ...changes })))
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })
        .sign(privateKey);
  });

  const isGood = async (changes: object, at = now) => {
    const proof = readProof([await sign(changes)]);
    return proof !== null && isMadeFor(proof, target, secret, at);
  };

  test('is good for its request, secret, key and time', async () => {
    expect(await isGood({})).toBe(true);
    const proof = readProof([await sign()]);
    expect(proof && (await isSignedBy(jwk as PublicKey, proof))).toBe(true);
    expect(await isGood({ htu: 'HTTPS://api.example.org:443/%6Frders?x#y' })).toBe(true);
  });

  test('holds from a minute before its moment until a minute after it', async () => {
    for (const [milliseconds, good] of [
      [0, true],
      [60_000, true],
      [-60_000, true],
      [60_001, false],
      [-60_001, false],
      [600_000, false],
      [-600_000, false],
    ] as const)
      expect(await isGood({}, now + milliseconds), String(milliseconds)).toBe(good);
  });

  test.each([
    ['htm', ['GET', 'post', undefined, ['POST'], null]],
    [
      'htu',
      ['https://api.example.org/', 'http://api.example.org/orders', 'https://api.example.net/orders', '/orders', undefined, { a: 1 }],
    ],
    ['ath', ['x', hashOf('another'), undefined, null]],
    ['iat', [String(now / 1000), undefined, null, now, 0, -1, [now / 1000], true]],
    ['jti', ['', undefined, 7, 'a'.repeat(129), ['one']]],
    ['exp', [now / 1000, 0, 'never', null]],
    ['nbf', [now / 1000 + 1, 'now', null]],
    ['more', ['a'.repeat(5000)]],
  ])('with a wrong %s is not good', async (claim, values) => {
    for (const value of values) expect(await isGood({ [claim]: value }), JSON.stringify(value)).toBe(false);
  });

  test('is good only with a public key that fits its algorithm, its type, and nothing critical', async () => {
    for (const header of [
      { typ: 'JWT' },
      { typ: undefined },
      { typ: 'DPOP+JWT' },
      { jwk: undefined },
      { jwk: 'x' },
      { jwk: { kty: 'oct', k: 'AAAA' } },
      { jwk: { ...jwk, d: jwk.x } },
      { jwk: { kty: 'OKP', crv: 'Ed25519', x: jwk.x } },
    ])
      expect(readProof([await sign({}, header)]), JSON.stringify(header)).toBeNull();
    const [, payload, signature] = (await sign()).split('.');
    for (const header of [
      { alg: 'none' },
      { alg: 'HS256' },
      { alg: 'ES512' },
      { alg: 'RS256' },
      { alg: ['ES256'] },
      {},
      { alg: 'ES256', crit: ['x'], x: 1 },
    ]) {
      const text = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', jwk, ...header })).toString('base64url');
      for (const end of [signature, '']) expect(readProof([`${text}.${payload}.${end}`]), JSON.stringify(header)).toBeNull();
    }
  });

  test('signed by another key is not signed by this one', async () => {
    const other = await exportJWK((await generateKeyPair('ES256')).publicKey);
    const proof = readProof([await sign({}, { jwk: other })]);
    expect(proof && (await isSignedBy(other as PublicKey, proof))).toBe(false);
    const [head, , signature] = (await sign()).split('.');
    const changed = readProof([`${head}.${(await sign({ jti: 'two' })).split('.')[1]}.${signature}`]);
    expect(changed && (await isSignedBy(jwk as PublicKey, changed))).toBe(false);
  });

  test('stands alone: two of them, or two in one header, are none', async () => {
    const text = await sign();
    for (const texts of [
      [],
      [''],
      [text, text],
      [`${text}, ${text}`],
      [`${text}.${text}`],
      [`${text} `],
      [` ${text}`],
      [`${text}=`],
      [text.replace('.', '..')],
      [text.slice(0, text.lastIndexOf('.') + 1)],
    ])
      expect(readProof(texts)).toBeNull();
  });

  test('is an answer to any text, never an exception', async () => {
    const [head, payload, signature] = (await sign()).split('.') as [string, string, string];
    const part = fc.oneof(
      fc.constantFrom(head, payload, signature, ''),
      fc.string(),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const proof = readProof([parts.join('.')]);
        if (proof) expect(typeof (await isSignedBy(jwk as PublicKey, proof))).toBe('boolean');
      }),
    );
  });
});
