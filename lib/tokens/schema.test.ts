import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changeAccessInput,
  changeExpirationInput,
  createTokenInput,
  deleteTokenInput,
  EXPIRING_WITHIN,
  expiration,
  ipAllowList,
  limit,
  MOST_LISTED,
  regenerateTokenInput,
  renameTokenInput,
  scopes,
  suspendTokenInput,
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

describe('scopes', () => {
  const refused = (given: unknown) => scopes.safeParse(given).error?.issues[0];

  test('are kept without doubles and in one order', () => {
    expect(scopes.parse(['repo:write', ' a ', 'repo:read', 'a', 'x'.repeat(64), '0._:-'])).toEqual([
      '0._:-',
      'a',
      'repo:read',
      'repo:write',
      'x'.repeat(64),
    ]);
    expect(scopes.parse([])).toEqual([]);
  });

  test.each(['', 'A', 'é', 'a b', 'a,b', 'a/b', '*', 'a\0', 'x'.repeat(65), '\ud800', 'ａ', '$ne', 'a\nb'])(
    'are not %j, which is named',
    (text) => {
      expect(refused(['ok', text])).toMatchObject({ message: 'scope_invalid', params: { text: text.trim().slice(0, 64) } });
    },
  );

  test('are fifty at most, doubles not counted', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => `s${n}`);
    expect(scopes.parse([...many(MOST_LISTED), 's0'])).toHaveLength(MOST_LISTED);
    expect(refused(many(MOST_LISTED + 1))).toMatchObject({ message: 'too_many', params: { most: 50 } });
  });

  test.each([null, 'a', {}, [1], [['a']], [null], { 0: 'a', length: 1 }])('are a list of texts, not %j', (given) => {
    expect(scopes.safeParse(given).success).toBe(false);
  });
});

describe('an address list', () => {
  test('is kept as networks', () => {
    expect(ipAllowList.parse(['192.0.2.7', '::ffff:192.0.2.7', ' 10.0.0.0/8 ', '2001:DB8::/32'])).toEqual([
      '10.0.0.0/8',
      '192.0.2.7/32',
      '2001:db8::/32',
    ]);
    expect(ipAllowList.parse(['0.0.0.0/0', '::/0'])).toEqual(['0.0.0.0/0', '::/0']);
  });

  test.each([
    ['10.0.0.0/33', 'prefix_invalid', {}],
    ['::/129', 'prefix_invalid', {}],
    ['10.0.0.1/8', 'host_bits', { network: '10.0.0.0/8' }],
    ['example.org', 'address_invalid', {}],
    ['', 'address_invalid', {}],
    ['x'.repeat(100_000), 'address_invalid', {}],
  ])('does not take %j: %s', (text, message, values) => {
    expect(ipAllowList.safeParse([text]).error?.issues[0]).toMatchObject({ message, params: { text: text.slice(0, 64), ...values } });
  });

  test('is fifty networks at most', () => {
    const many = Array.from({ length: MOST_LISTED + 1 }, (_, n) => `10.0.0.${n}`);
    expect(ipAllowList.safeParse(many).error?.issues[0]?.message).toBe('too_many');
    expect(ipAllowList.parse(many.slice(1))).toHaveLength(MOST_LISTED);
  });
});

describe('a limit', () => {
  const rule = (given: unknown) => limit.safeParse(given).error?.issues[0]?.message;

  test('is 1 to 1,000,000 requests in a second, a minute, an hour or a day, or none', () => {
    for (const windowSeconds of [1, 60, 3600, 86_400]) {
      for (const requests of [1, 1_000_000]) expect(limit.parse({ requests, windowSeconds })).toEqual({ requests, windowSeconds });
    }
    expect(limit.parse(null)).toBeNull();
    expect(changeAccessInput.parse({ id })).not.toHaveProperty('limit');
    expect(createTokenInput.parse({ name: 'ci', description: '', expiration: { kind: 'never' } })).not.toHaveProperty('limit');
  });

  test.each([0, -1, 1.5, 1_000_001, Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined])('is not %j requests', (requests) => {
    expect(rule({ requests, windowSeconds: 60 })).toBe('limit_invalid');
  });

  test.each([
    { requests: 1, windowSeconds: 2 },
    { requests: 1, windowSeconds: '60' },
    { requests: 1 },
    { requests: 1, windowSeconds: 60, burst: 5 },
    5,
    'none',
    [],
  ])('is not %j', (given) => {
    expect(limit.safeParse(given).success).toBe(false);
  });
});

test('a reason for suspending is 1 to 200 code points of visible text', () => {
  const rule = (reason: string) => suspendTokenInput.safeParse({ id, reason }).error?.issues[0]?.message;
  expect(suspendTokenInput.parse({ id, reason: ` ${'🔑'.repeat(200)} ` }).reason).toBe('🔑'.repeat(200));
  expect(['', '  ', '🔑'.repeat(201), '\u200b', 'a\u202eb', 'a\nb'].map(rule)).toEqual([
    'required',
    'required',
    'too_long',
    'only_invisible',
    'forbidden_characters',
    'forbidden_characters',
  ]);
});

describe('filters in the URL', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string()), fc.constant(undefined));

  test('whatever they are, give a list that can be shown', () => {
    fc.assert(
      fc.property(fc.record({ q: text, status: text, sort: text, dir: text, page: text }), (query) => {
        const filters = tokenFilters.parse(query);
        expect(filters.q.length).toBeLessThanOrEqual(200);
        expect(['all', 'active', 'expiring', 'expired', 'suspended']).toContain(filters.status);
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

  test('is suspended before it is expired, and deleted before that', () => {
    const token = { suspendedAt: now, expiresAt: later(-1), deletedAt: null };
    expect(tokenStatus(token, now)).toBe('suspended');
    expect(tokenStatus({ ...token, expiresAt: null }, now)).toBe('suspended');
    expect(tokenStatus({ ...token, deletedAt: now }, now)).toBe('deleted');
  });

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
    const moment = (milliseconds: number | null) => (milliseconds === null ? null : later(milliseconds));
    const token = { suspendedAt: null, expiresAt: moment(expiresIn), deletedAt: moment(deletedIn) };
    expect(tokenStatus(token, now)).toBe(status);
  });
});
