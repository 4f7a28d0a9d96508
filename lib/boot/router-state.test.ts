import fc from 'fast-check';
import { parseAndValidateFlightRouterState } from 'next/dist/server/app-render/parse-and-validate-flight-router-state';
import { expect, test } from 'vitest';
import { isRouterState } from '@/lib/boot/router-state';

const PAGE = ['__PAGE__', {}, null, null, 0];
const USER = [
  '',
  { children: ['(console)', { children: ['users', { children: [['id', '7', 'd', null], { children: PAGE }] }] }] },
  null,
  null,
  16,
];

test("what Next's router sends passes", () => {
  for (const state of [USER, ['', {}, null, 'refetch'], ['', {}, ['/users/7', '?q=1'], 'metadata-only', null, 'x']]) {
    expect(isRouterState(encodeURIComponent(JSON.stringify(state)))).toBe(true);
  }
});

test('anything else does not', () => {
  const deep = `${'["",{"a":'.repeat(5000)}["",{}]${'}]'.repeat(5000)}`;
  for (const header of ['', 'x', '%', '%00', 'null', '1', '[]', '{"a":1}', '[["",{}]]', '["",{},null,null,true]', deep]) {
    expect(isRouterState(header), header.slice(0, 20)).toBe(false);
  }
});

test('an intercepted segment is of a kind that Next knows', () => {
  const header = (kind: string) => JSON.stringify([['id', '7', kind, null], {}]);
  for (const kind of ['ci(.)', 'ci(..)', 'di(..)(..)', 'di(...)']) expect(isRouterState(header(kind)), kind).toBe(true);
  for (const kind of ['ci', 'ci(.)(..)', 'di(...)(..)', 'di(....)', 'oci(.)']) expect(isRouterState(header(kind)), kind).toBe(false);
});

test('nothing passes at which Next would fail', () => {
  const part = fc.constantFrom<unknown>(
    '',
    'a',
    'd',
    'ci(..)(..)',
    'di(.)(..)',
    'refetch',
    null,
    0,
    true,
    {},
    [],
    { a: ['', {}] },
    ['a', 'b', 'd', null],
    ['a', 'b'],
  );
  const segment = fc.tuple(fc.constant('a'), fc.constant('b'), part, fc.constantFrom(null, [], ['a'], [null]));
  const rest = fc.array(fc.oneof(part, fc.array(part, { maxLength: 4 })), { maxLength: 6 });
  const state = fc
    .tuple(fc.oneof(part, segment), fc.constantFrom({}, { a: ['', {}] }, { a: PAGE }), rest)
    .map(([one, children, more]) => [one, children, ...more]);
  fc.assert(
    fc.property(state, (given) => {
      const header = JSON.stringify(given);
      if (isRouterState(header)) parseAndValidateFlightRouterState(header);
    }),
    { numRuns: 2000 },
  );
});
