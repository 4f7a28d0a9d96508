import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { fits, isSameKey, type PublicKey, proofAlgorithms, readPublicKey } from '@/lib/jwk';

// RFC 8037, appendix A, and RFC 7638, section 3.1.
const ED25519 = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const P256 = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};
const N =
  '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
const RSA = { kty: 'RSA', n: N, e: 'AQAB' };
const random = (bytes: number, first = 0x80) =>
  Buffer.from([first, ...crypto.getRandomValues(new Uint8Array(bytes - 1))]).toString('base64url');

describe('readPublicKey', () => {
  test.each([[ED25519], [P256], [RSA]])('keeps the required members of a public key, and no others', (jwk) => {
    expect(readPublicKey({ ...jwk, alg: 'x', use: 'sig', kid: 'me', key_ops: ['verify'], ext: true, secret: 'no' })).toEqual({ key: jwk });
  });

  test.each(['ES256', 'Ed25519', 'RS256', 'PS256'] as const)(
    'reads what jose makes for %s, and refuses the private half of it',
    async (algorithm) => {
      const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
      const jwk = await exportJWK(publicKey);
      expect(readPublicKey(jwk)).toEqual({ key: jwk });
      expect(readPublicKey(await exportJWK(privateKey))).toEqual({ problem: 'key_private' });
      expect(fits(jwk as PublicKey, algorithm)).toBe(true);
      expect(proofAlgorithms.filter((other) => fits(jwk as PublicKey, other))).not.toContain('none');
    },
  );

  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'])('refuses a key with the private member "%s", whatever it holds', (member) => {
    for (const value of ['x', '', null, 0, []]) expect(readPublicKey({ ...P256, [member]: value })).toEqual({ problem: 'key_private' });
  });

  test('refuses shared secrets', () => {
    for (const jwk of [{ kty: 'oct', k: 'AAAA' }, { kty: 'oct' }, { ...P256, k: 'AAAA' }])
      expect(readPublicKey(jwk)).toEqual({ problem: 'key_symmetric' });
  });

  test.each([
    [{ ...P256, crv: 'P-384' }],
    [{ ...P256, crv: 'secp256k1' }],
    [{ ...ED25519, crv: 'X25519' }],
    [{ ...ED25519, crv: 'Ed448' }],
    [{ ...RSA, n: random(1024) }],
    [{ kty: 'AKP' }],
    [{ kty: 'ec', crv: 'P-256' }],
  ])('refuses kinds that proofs are not made with here', (jwk) => {
    expect(readPublicKey(jwk)).toEqual({ problem: 'key_unsupported' });
  });

  test('refuses RSA keys under 2048 bits or with another exponent than 65537', () => {
    expect(readPublicKey({ ...RSA, n: random(256) })).toHaveProperty('key');
    expect(readPublicKey({ ...RSA, n: random(512) })).toHaveProperty('key');
    for (const weak of [
      { ...RSA, n: random(256, 0x7f) },
      { ...RSA, n: random(128) },
      { ...RSA, n: 'AQ' },
      { ...RSA, e: 'Aw' },
      { ...RSA, e: 'AQ' },
    ])
      expect(readPublicKey(weak)).toEqual({ problem: 'key_weak' });
  });

  test('refuses the points of Ed25519 for which anybody can sign', () => {
    for (const hex of [
      '01',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    ]) {
      const x = Buffer.from(hex.padEnd(64, '0'), 'hex').toString('base64url');
      expect(readPublicKey({ ...ED25519, x })).toEqual({ problem: 'key_weak' });
    }
  });

  test('refuses every other spelling of a number, so that a key has one thumbprint', () => {
    for (const x of [
      `${P256.x}=`,
      P256.x.slice(1),
      `${P256.x}A`,
      `${P256.x.slice(0, -1)}5`,
      P256.x.replaceAll('-', '+').replaceAll('_', '/').replace('M', '+'),
      '',
    ])
      expect(readPublicKey({ ...P256, x }), x).toEqual({ problem: 'key_invalid' });
    for (const n of [`${N}=`, `${N.slice(0, -1)}x`, `AA${N}`, `${N} `, '', 'a'.repeat(100_000)])
      expect(readPublicKey({ ...RSA, n }), n.slice(0, 20)).toEqual({ problem: 'key_invalid' });
  });

  test('gives an answer to any value, and only keys that jose and node can read come out', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(P256.x, P256.y, ED25519.x, N, 'AQAB', 'EC', 'RSA', 'OKP', 'P-256', 'Ed25519'),
      fc.jsonValue(),
    );
    const jwk = fc.record({ kty: part, crv: part, x: part, y: part, n: part, e: part }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(jwk, fc.anything(), fc.jsonValue()), (value) => {
        const read = readPublicKey(value);
        if ('problem' in read) expect(JSON.stringify(read).length).toBeLessThan(40);
        else if (read.key.kty !== 'EC') expect(createPublicKey({ key: read.key, format: 'jwk' }).type).toBe('public');
      }),
    );
  });
});

test('two keys are the same when their thumbprints are, and only then', async () => {
  const keys = [ED25519, P256, RSA, { ...RSA, n: random(256) }, { ...P256, x: P256.y, y: P256.x }] as PublicKey[];
  const prints = await Promise.all(keys.map((key) => calculateJwkThumbprint(key)));
  for (const [i, one] of keys.entries())
    for (const [j, other] of keys.entries()) expect(isSameKey(one, { ...other })).toBe(prints[i] === prints[j]);
});
