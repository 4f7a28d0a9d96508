import { describe, expect, test } from 'vitest';
import { decide, type Grant } from '@/lib/gate/decide';

const now = Date.UTC(2030, 0, 1);
const grant: Grant = {
  tokenId: 't',
  tokenName: 'CI',
  scopes: ['repo:read', 'repo:write'],
  expiresAt: now + 1,
  isDeleted: false,
  isSuperseded: false,
  ownerId: 'o',
  ownerEmail: 'o@example.org',
  isOwnerDisabled: false,
};

describe('decide', () => {
  test('lets a live token with every wanted scope pass', () => {
    expect(decide(grant, [], now)).toEqual({ allowed: true, grant });
    expect(decide(grant, ['repo:write', 'repo:read'], now)).toEqual({ allowed: true, grant });
    expect(decide({ ...grant, expiresAt: null }, [], now).allowed).toBe(true);
  });

  test('passes until the last millisecond before the expiration, and not at it', () => {
    expect(decide({ ...grant, expiresAt: now + 1 }, [], now).allowed).toBe(true);
    expect(decide({ ...grant, expiresAt: now }, [], now)).toMatchObject({ allowed: false, reason: 'expired' });
  });

  test.each([
    ['unknown', null, []],
    ['deleted', { isDeleted: true, isSuperseded: true, expiresAt: now, isOwnerDisabled: true }, ['x']],
    ['superseded', { isSuperseded: true, expiresAt: now, isOwnerDisabled: true }, ['x']],
    ['expired', { expiresAt: now, isOwnerDisabled: true }, ['x']],
    ['owner_disabled', { isOwnerDisabled: true }, ['x']],
    ['scope', {}, ['repo:read', 'x']],
  ] as const)('names %s as the first thing that is wrong', (reason, changes, wanted) => {
    const given = changes && { ...grant, ...changes };
    expect(decide(given, wanted, now)).toEqual({ allowed: false, grant: given, reason });
  });
});
