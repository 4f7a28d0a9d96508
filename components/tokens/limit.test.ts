import { expect, test } from 'vitest';
import { changedAccess, readAccess } from '@/components/tokens/access';
import { readQuota, windowName } from '@/components/tokens/limit';

function read(limit?: string, limitWindow?: string) {
  const form = new FormData();
  if (limit !== undefined) form.append('limit', limit);
  if (limitWindow !== undefined) form.append('limitWindow', limitWindow);
  const access = readAccess(form);
  return 'error' in access ? access.error.rule : access.value.limit;
}

test('a form gives a limit, or none where the field is empty or folded away', () => {
  expect(read('100', 'hour')).toEqual({ requests: 100, windowSeconds: 3600 });
  expect(read(' 1000000 ', 'second')).toEqual({ requests: 1_000_000, windowSeconds: 1 });
  expect([read('', 'day'), read('  ', 'day'), read()]).toEqual([null, null, null]);
});

test.each(['0', '-1', '1.5', '1,000', '1e3', '0x10', 'many', '1000001', '9'.repeat(20)])(
  '%j is refused beside the field, not sent',
  (text) => {
    expect(read(text, 'minute')).toBe('limit_invalid');
  },
);

test('only a limit that differs is sent', () => {
  const before = { scopes: [], ipAllowList: [], limit: { requests: 5, windowSeconds: 60 } } as const;
  const given = { scopes: [], ipAllowList: [], limit: { ...before.limit }, quota: null };
  const row = { ...given };
  expect(changedAccess(row, given)).toEqual({});
  expect(changedAccess(row, { ...given, limit: { requests: 5, windowSeconds: 1 } })).toEqual({ limit: { requests: 5, windowSeconds: 1 } });
  expect(changedAccess(row, { ...given, limit: null })).toEqual({ limit: null });
  expect(changedAccess(row, { ...given, quota: { requests: 9, period: 'day' } })).toEqual({ quota: { requests: 9, period: 'day' } });
  expect(windowName(before.limit)).toBe('minute');
});

test.each([
  ['', null],
  ['1', 1],
  [' 1000000000 ', 1_000_000_000],
  ['1000000001', 'quota_invalid'],
  ['0', 'quota_invalid'],
  ['1.5', 'quota_invalid'],
  ['many', 'quota_invalid'],
])('a quota of “%s” a month is read as %s', (text, expected) => {
  const form = new FormData();
  form.set('quota', text);
  form.set('quotaPeriod', 'month');
  const given = readQuota(form);
  expect('error' in given ? given.error.rule : (given.value?.requests ?? null)).toBe(expected);
});
