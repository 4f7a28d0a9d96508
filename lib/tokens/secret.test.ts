import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveKeys } from '@/lib/keys';
import vectors from '@/lib/tokens/fixtures/token-format.json' with { type: 'json' };
import { digestSecret, drawSecret, hintOf, isWellFormed } from '@/lib/tokens/secret';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefix = fc.stringMatching(/^[a-z][a-z0-9]{0,15}$/);

test.each(vectors.valid)('%s is well formed', (token) => {
  expect(isWellFormed(token, token.slice(0, token.indexOf('_')))).toBe(true);
});

test.each(vectors.invalid)('a token with $why is not well formed', ({ token }) => {
  expect(isWellFormed(token, 'lk')).toBe(false);
});

test('a token of another prefix is not well formed', () => {
  for (const token of vectors.valid) expect(isWellFormed(token, token.startsWith('lk_') ? 'acme' : 'lk')).toBe(false);
});

test('a drawn secret has the form of the contract, and its checksum is the CRC-32 of what precedes it', () => {
  fc.assert(
    fc.property(prefix, (letters) => {
      const secret = drawSecret(letters);
      expect(secret).toMatch(new RegExp(`^${letters}_[0-9A-Za-z]{46}$`));
      let number = 0;
      for (const digit of secret.slice(-6)) number = number * 62 + BASE62.indexOf(digit);
      expect(number).toBe(crc32(secret.slice(0, -6)));
      expect(isWellFormed(secret, letters)).toBe(true);
    }),
  );
});

test('one changed character is always found out', () => {
  const changed = fc.tuple(fc.nat(48), fc.constantFrom(...BASE62)).map(([place, character]) => {
    const secret = drawSecret('lk');
    return { secret, altered: secret.slice(0, place) + character + secret.slice(place + 1) };
  });
  fc.assert(
    fc.property(changed, ({ secret, altered }) => {
      expect(isWellFormed(altered, 'lk')).toBe(altered === secret);
    }),
    { numRuns: 1000 },
  );
});

test('no text makes the check throw, and none passes it by chance', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.stringMatching(/^lk_[0-9A-Za-z]{46}$/));
  fc.assert(
    fc.property(text, (any) => {
      expect(isWellFormed(any, 'lk')).toBe(false);
    }),
    { numRuns: 1000 },
  );
});

test('secrets differ from one another', () => {
  const drawn = new Set(Array.from({ length: 10_000 }, () => drawSecret('lk')));
  expect(drawn.size).toBe(10_000);
});

test('every character is drawn equally often, in every place', () => {
  const draws = 20_000;
  const counts = new Map<string, number>();
  const firsts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const body = drawSecret('lk').slice(3, 43);
    for (const character of body) counts.set(character, (counts.get(character) ?? 0) + 1);
    firsts.set(body.slice(0, 1), (firsts.get(body.slice(0, 1)) ?? 0) + 1);
  }
  // Chi-square with 61 degrees of freedom exceeds 132 once in a million runs; bytes taken modulo 62 would give over 5,000.
  expect(chiSquare(counts, draws * 40)).toBeLessThan(132);
  expect(chiSquare(firsts, draws)).toBeLessThan(132);
});

function chiSquare(counts: Map<string, number>, total: number): number {
  const expected = total / BASE62.length;
  return [...BASE62].reduce((sum, character) => sum + ((counts.get(character) ?? 0) - expected) ** 2 / expected, 0);
}

describe('what is stored', () => {
  const keys = deriveKeys(Buffer.alloc(32, 1));
  const secret = vectors.valid[0] as string;

  test('is 32 bytes that depend on the whole secret and on the key, and name the key', () => {
    const { digest, keyId } = digestSecret(secret, keys);
    expect(digest).toHaveLength(32);
    expect(keyId).toBe(keys.id);
    expect(digestSecret(secret, keys).digest.equals(digest)).toBe(true);
    expect(digestSecret(`${secret}0`, keys).digest.equals(digest)).toBe(false);
    expect(digestSecret(secret, deriveKeys(Buffer.alloc(32, 2))).digest.equals(digest)).toBe(false);
  });

  test('the hint tells the prefix and the last four characters, no more', () => {
    expect(hintOf(secret, 'lk')).toBe('lk_…ceA9');
  });
});
