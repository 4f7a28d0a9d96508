import { expect, test } from 'vitest';
import { changedAccess, readAccess, wideNetworks } from '@/components/tokens/access';

function fields(...entries: [string, string][]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
}

test('a form gives every text once, also what was typed and not ended', () => {
  const form = fields(['scopes', 'c, d'], ['scopes', 'a'], ['scopes', 'b'], ['scopes', 'a'], ['ipAllowList', '']);
  expect(readAccess(form)).toEqual({ value: { scopes: ['c', 'd', 'a', 'b'], ipAllowList: [], limit: null, quota: null } });
});

test('more than fit are refused beside their field, not sent', () => {
  const form = fields(['ipAllowList', Array.from({ length: 51 }, (_, n) => `10.0.0.${n}`).join('\n')]);
  expect(readAccess(form)).toEqual({ error: expect.objectContaining({ field: 'ipAllowList', rule: 'too_many', values: { most: 50 } }) });
});

test('only what differs is sent, whatever its order', () => {
  const before = { scopes: ['a', 'b'], ipAllowList: ['10.0.0.0/8'], limit: null, quota: null };
  expect(changedAccess(before, { ...before, scopes: ['b', 'a'] })).toEqual({});
  expect(changedAccess(before, { ...before, scopes: ['a'] })).toEqual({ scopes: ['a'] });
  expect(changedAccess(before, { ...before, ipAllowList: [] })).toEqual({ ipAllowList: [] });
});

test('networks wider than somebody has to themselves are named, all of them, and what is no network is not', () => {
  const wide = ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '8.0.0.0/7', '::/0', '2000::/3', '2A00::/12'];
  const narrow = ['10.0.0.0/8', '192.0.2.7', '2002::/16', '2001:db8::/32', 'fc00::/7', 'fe80::/10', 'nonsense', '/0', '10.0.0.0/', '1/2/3'];
  expect(wideNetworks([...wide, ...narrow])).toEqual(wide);
});
