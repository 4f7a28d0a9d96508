import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenFilters } from '@/lib/tokens/schema';
import { defaultFilters, hrefOf, parseFilters } from '@/lib/url';

const defaults = defaultFilters(tokenFilters);

test('defaults are left out of the address', () => {
  expect(hrefOf('/tokens', defaults, defaults)).toBe('/tokens');
  expect(hrefOf('/tokens', { ...defaults, q: 'a b', page: 2 }, defaults)).toBe('/tokens?q=a+b&page=2');
});

test.each([
  [{ status: 'nonsense', dir: 'up', page: '0' }],
  [{ page: '1e9', sort: ['', 'name'] }],
  [{ q: 'x'.repeat(5000) }],
  [{ page: 'Infinity', unknown: 'x', __proto__: 'x' }],
])('what does not parse falls back: %j', (params) => {
  expect(parseFilters(tokenFilters, params)).toEqual(defaults);
});

test('of a repeated parameter the first counts', () => {
  expect(parseFilters(tokenFilters, { q: ['one', 'two'] }).q).toBe('one');
});

test('filters survive the way into an address and back', () => {
  const filters = fc.record({
    q: fc.string({ maxLength: 200, unit: 'grapheme' }).filter((text) => !/\p{Cs}/u.test(text) && text.length <= 200),
    status: fc.constantFrom('all', 'active', 'expiring', 'expired'),
    sort: fc.constantFrom('name', 'created', 'expires', 'last_used'),
    dir: fc.constantFrom('asc', 'desc'),
    page: fc.integer({ min: 1, max: 100_000 }),
  });
  fc.assert(
    fc.property(filters, (chosen) => {
      const url = new URL(hrefOf('/tokens', chosen, defaults), 'http://localhost');
      expect(parseFilters(tokenFilters, Object.fromEntries(url.searchParams))).toEqual(chosen);
    }),
  );
});

test('no search parameters are refused', () => {
  const value = fc.oneof(fc.string(), fc.array(fc.string()), fc.constant(undefined));
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('q', 'status', 'sort', 'dir', 'page', 'x'), value),
      (params) => void parseFilters(tokenFilters, params),
    ),
  );
});
