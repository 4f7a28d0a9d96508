import { describe, expect, test } from 'vitest';
import { decide, endOf, faultOf, type Grant } from '@/lib/gate/decide';
import { type Network, readNetwork } from '@/lib/networks';

const now = Date.UTC(2030, 0, 1);
const networks = ['192.0.2.0/24', '2001:db8::/32'].map((text) => readNetwork(text) as Network);
const grant: Grant = {
  tokenId: 't',
  tokenName: 'CI',
  scopes: ['repo:read', 'repo:write'],
  networks: null,
  limit: null,
  quota: null,
  binding: null,
  expiresAt: now + 1,
  isDeleted: false,
  isSuspended: false,
  replaced: null,
  ownerId: 'o',
  ownerEmail: 'o@example.org',
  isOwnerDisabled: false,
};

const wish = (...wanted: string[]) => ({ wanted, ip: '192.0.2.7', isHolder: true });
const from = (ip: string | null) => decide({ ...grant, networks }, { ...wish(), ip }, now);

describe('decide', () => {
  test('lets a live token with every wanted scope pass', () => {
    expect(decide(grant, wish(), now)).toEqual({ allowed: true, grant });
    expect(decide(grant, wish('repo:write', 'repo:read'), now)).toEqual({ allowed: true, grant });
    expect(decide({ ...grant, expiresAt: null }, wish(), now).allowed).toBe(true);
  });

  test('passes until the last millisecond before the expiration, and not at it', () => {
    expect(decide({ ...grant, expiresAt: now + 1 }, wish(), now).allowed).toBe(true);
    expect(decide({ ...grant, expiresAt: now }, wish(), now)).toMatchObject({ allowed: false, reason: 'expired' });
  });

  test.each(['192.0.2.0', '192.0.2.255', '2001:db8::1', '::ffff:192.0.2.7'])('lets %s pass, which is in the list', (ip) => {
    expect(from(ip).allowed).toBe(true);
  });

  test.each(['192.0.3.0', '2001:db9::', '::1', '127.0.0.1', 'nonsense', '', null])('refuses %s, which is in no list', (ip) => {
    expect(from(ip)).toMatchObject({ allowed: false, reason: 'address' });
  });

  test('lets a client without a known address pass where there is no list, and nobody where nothing in the list can be read', () => {
    expect(decide(grant, { ...wish(), ip: null }, now).allowed).toBe(true);
    expect(decide({ ...grant, networks: [] }, wish(), now)).toMatchObject({ allowed: false, reason: 'address' });
  });

  const wrong = { isSuspended: true, expiresAt: now, isOwnerDisabled: true, networks: [] };

  test.each([
    ['unknown', null, []],
    ['deleted', { ...wrong, isDeleted: true, replaced: { generation: 1, until: now } }, ['x']],
    ['superseded', { ...wrong, replaced: { generation: 1, until: now } }, ['x']],
    ['suspended', wrong, ['x']],
    ['expired', { ...wrong, isSuspended: false }, ['x']],
    ['owner_disabled', { isOwnerDisabled: true, networks: [] }, ['x']],
    ['address', { networks: [] }, ['x']],
    ['scope', {}, ['repo:read', 'x']],
  ] as const)('names %s as the first thing that is wrong', (reason, changes, wanted) => {
    const given = changes && { ...grant, ...changes };
    expect(decide(given, wish(...wanted), now)).toEqual({ allowed: false, grant: given, reason });
  });

  test('refuses who does not show it as its binding wants, after what is wrong with the token and before what is asked for', () => {
    const other = { ...wish('x'), isHolder: false };
    expect(decide({ ...grant, networks: [] }, other, now)).toMatchObject({ allowed: false, reason: 'malformed' });
    expect(decide({ ...grant, isSuspended: true }, other, now)).toMatchObject({ allowed: false, reason: 'suspended' });
    expect(decide(null, other, now)).toMatchObject({ allowed: false, reason: 'unknown' });
  });
});

test('address and scopes are no fault of a token', () => {
  expect(faultOf({ ...grant, networks: [], scopes: [] }, now)).toBeUndefined();
});

describe('a replaced value', () => {
  const moments = [null, now - 1, now, now + 1, now + 2];
  const cases = moments.flatMap((expiresAt) => moments.map((until) => ({ expiresAt, until })));

  test.each(cases)('that ends at $until, of a token that ends at $expiresAt, passes before both and at neither', ({ expiresAt, until }) => {
    const one: Grant = { ...grant, expiresAt, replaced: until === null ? null : { generation: 3, until } };
    const passes = (expiresAt === null || now < expiresAt) && (until === null || now < until);
    expect(decide(one, wish(), now).allowed).toBe(passes);
    const end = endOf(one);
    expect(passes).toBe(end === null || now < end);
    // What is asked for plays no part in whether a value has ended.
    expect(faultOf(one, now)).toBe(passes ? undefined : until !== null && now >= until ? 'superseded' : 'expired');
  });

  test('shares suspension, owner and deletion with its successor', () => {
    const living: Grant = { ...grant, replaced: { generation: 3, until: now + 1 } };
    expect(faultOf(living, now)).toBeUndefined();
    expect(faultOf({ ...living, isSuspended: true }, now)).toBe('suspended');
    expect(faultOf({ ...living, isOwnerDisabled: true }, now)).toBe('owner_disabled');
    expect(faultOf({ ...living, isDeleted: true }, now)).toBe('deleted');
  });
});
