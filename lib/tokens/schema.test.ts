import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changeExpirationInput,
  createTokenInput,
  deleteTokenInput,
  EXPIRING_WITHIN,
  expiration,
  regenerateTokenInput,
  renameTokenInput,
  tokenFilters,
  tokenStatus,
} from '@/lib/tokens/schema';

const id = '0195f3a0-0000-7000-8000-000000000001';
const at = (text: unknown) => expiration.safeParse({ kind: 'at', at: text });

describe('an expiration', () => {
  test.each([
    '2027-01-01T00:00:00Z',
    '2027-01-01T00:00:00.123Z',
    '2027-01-01T10:30:00+05:30',
    '2028-02-29T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ])('may be %s', (text) => {
    expect(at(text).success).toBe(true);
  });

  test.each([
    '',
    'Infinity',
    'infinity',
    '-infinity',
    'now',
    'tomorrow',
    '2027',
    '2027-01-01',
    '2027-01-01T00:00:00',
    '2027-02-30T00:00:00Z',
    '2027-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2027-04-31T00:00:00Z',
    '2027-13-01T00:00:00Z',
    '2027-00-10T00:00:00Z',
    '2027-01-01T25:00:00Z',
    '2027-01-01T24:00:00Z',
    '2027-01-01T10:60:00Z',
    '2027-01-01T23:59:60Z',
    '2027-01-01T10:00:00+99:99',
    '2027-01-01T10:00:00+24:00',
    '10000-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-00:01',
    '-000001-01-01T00:00:00Z',
    '２０２７-01-01T00:00:00Z',
    '2027-01-01T00:00:00Z\n',
    '2027-01-01T00:00:00Z; DROP TABLE token',
  ])('may not be %j', (text) => {
    expect(at(text).error?.issues[0]?.message).toBe('date_invalid');
  });

  test.each([Number.POSITIVE_INFINITY, Number.NaN, 1e300, null, undefined, ['2027-01-01T00:00:00Z'], new Date()])(
    'may not be %s, which is no text',
    (value) => {
      expect(at(value).success).toBe(false);
    },
  );

  test.each([{ kind: 'days', days: 7 }, { kind: 'days', days: 365 }, { kind: 'never' }])('may be %j', (value) => {
    expect(expiration.safeParse(value).success).toBe(true);
  });

  test.each([
    { kind: 'days', days: 8 },
    { kind: 'days', days: -7 },
    { kind: 'days', days: '7' },
    { kind: 'days', days: Number.POSITIVE_INFINITY },
    { kind: 'days' },
    { kind: 'never', at: '2027-01-01T00:00:00Z' },
    { kind: 'forever' },
    { kind: 'constructor' },
    {},
    null,
    'never',
  ])('may not be %j', (value) => {
    expect(expiration.safeParse(value).success).toBe(false);
  });

  test('two offsets name one moment, also where clocks are put back', () => {
    const moments = ['2027-10-31T02:30:00+02:00', '2027-10-31T01:30:00+01:00', '2027-10-31T00:30:00Z'].map((text) => at(text).data);
    expect(new Set(moments.map((moment) => moment?.kind === 'at' && Date.parse(moment.at)))).toEqual(
      new Set([Date.UTC(2027, 9, 31, 0, 30)]),
    );
  });

  test('any text is either refused or a moment of the years 0 to 9999', () => {
    const digits = fc.stringMatching(/^[+-]?\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/);
    fc.assert(
      fc.property(fc.oneof(digits, fc.string({ unit: 'binary' })), (text) => {
        const parsed = at(text);
        if (!parsed.success) return;
        expect(new Date(text).toISOString()).toMatch(/^\d{4}-/);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('input', () => {
  const valid = { name: 'CI', description: '', expiration: { kind: 'never' } };

  test.each(['userId', 'ownerId', 'role', 'digest', 'scopes', 'id', 'secret', 'generation', '__proto__x'])(
    'with the extra field %s is refused, not stripped',
    (field) => {
      expect(createTokenInput.safeParse({ ...valid, [field]: 'x' }).success).toBe(false);
      expect(renameTokenInput.safeParse({ id, name: 'CI', [`${field}2`]: 'x' }).success).toBe(false);
      expect(changeExpirationInput.safeParse({ id, expiration: { kind: 'never', [field]: 'x' } }).success).toBe(false);
      expect(regenerateTokenInput.safeParse({ id, generation: 1, [`${field}2`]: 'x' }).success).toBe(false);
      expect(deleteTokenInput.safeParse({ id, confirmName: 'CI', [`${field}2`]: 'x' }).success).toBe(false);
    },
  );

  test.each(['', 'x', '1', `${id}0`, `${id}\n`, ' ', '../etc', "' OR 1=1", null, undefined, 7, [id]])(
    'with the id %j is refused',
    (bad) => {
      expect(renameTokenInput.safeParse({ id: bad, name: 'CI' }).success).toBe(false);
      expect(deleteTokenInput.safeParse({ id: bad, confirmName: 'CI' }).success).toBe(false);
    },
  );

  test('takes an id in capitals as the same id', () => {
    expect(renameTokenInput.parse({ id: id.toUpperCase(), name: 'CI' }).id).toBe(id);
  });

  test.each([0, -1, 1.5, '1', Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, null])('with the generation %s is refused', (generation) => {
    expect(regenerateTokenInput.safeParse({ id, generation }).success).toBe(false);
  });

  test('of any shape is refused or taken, never an exception', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const schema of [createTokenInput, renameTokenInput, changeExpirationInput, regenerateTokenInput, deleteTokenInput])
          expect(schema.safeParse(value).success).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('filters in the URL', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string()), fc.constant(undefined));

  test('whatever they are, give a list that can be shown', () => {
    fc.assert(
      fc.property(fc.record({ q: text, status: text, sort: text, dir: text, page: text }), (query) => {
        const filters = tokenFilters.parse(query);
        expect(filters.q.length).toBeLessThanOrEqual(200);
        expect(['all', 'active', 'expiring', 'expired']).toContain(filters.status);
        expect(['name', 'created', 'expires', 'last_used']).toContain(filters.sort);
        expect(['asc', 'desc']).toContain(filters.dir);
        expect(Number.isSafeInteger(filters.page) && filters.page >= 1 && filters.page <= 100_000).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['0', '-1', '1e99', 'Infinity', 'NaN', '1.5', '', 'x', '100001'])('page %j falls back to the first', (page) => {
    expect(tokenFilters.parse({ page }).page).toBe(1);
  });
});

describe('the status', () => {
  const now = new Date('2027-01-01T00:00:00.000Z');
  const later = (milliseconds: number) => new Date(now.getTime() + milliseconds);

  test.each([
    ['active', null, null],
    ['active', EXPIRING_WITHIN + 1, null],
    ['expiring', EXPIRING_WITHIN, null],
    ['expiring', 1, null],
    ['expired', 0, null],
    ['expired', -1, null],
    ['deleted', null, -1],
    ['deleted', -1, -1],
  ])('is %s when the token expires in %s ms and was deleted %s ms ago', (status, expiresIn, deletedIn) => {
    const token = { expiresAt: expiresIn === null ? null : later(expiresIn), deletedAt: deletedIn === null ? null : later(deletedIn) };
    expect(tokenStatus(token, now)).toBe(status);
  });
});
