import { expect, test } from 'vitest';
import { AppError } from '@/lib/errors';
import { type Actor, authorize, can, type Permission, type Role } from '@/lib/permissions/permissions';

const actor = (role: Role): Actor => ({
  userId: 'me',
  sessionId: 'session',
  role,
  name: 'Me',
  email: 'me@example.org',
  timeZone: null,
  theme: 'system',
  locale: null,
  origin: { ip: null, userAgent: null, requestId: null },
});

type Answer = 'yes' | 'forbidden' | 'not_found';

function answer(role: Role, permission: Permission, ownerId?: string): Answer {
  try {
    authorize(actor(role), permission, ownerId);
    return 'yes';
  } catch (error) {
    if (error instanceof AppError && (error.code === 'forbidden' || error.code === 'not_found')) return error.code;
    throw error;
  }
}

const matrix: [Permission, ownerId: string | undefined, member: Answer, auditor: Answer, admin: Answer][] = [
  ['token.read', 'me', 'yes', 'yes', 'yes'],
  ['token.read', 'other', 'not_found', 'yes', 'yes'],
  ['token.read', undefined, 'not_found', 'yes', 'yes'],
  ['token.write', 'me', 'yes', 'yes', 'yes'],
  ['token.write', 'other', 'not_found', 'forbidden', 'yes'],
  ['token.write', undefined, 'not_found', 'forbidden', 'yes'],
  ['audit.read_all', undefined, 'not_found', 'yes', 'yes'],
  ['audit.export', undefined, 'not_found', 'yes', 'yes'],
  ['audit.share', undefined, 'not_found', 'yes', 'yes'],
  ['audit.curate', undefined, 'not_found', 'forbidden', 'yes'],
  ['user.read', undefined, 'not_found', 'yes', 'yes'],
  ['user.write', undefined, 'not_found', 'forbidden', 'yes'],
  ['policy.read', undefined, 'not_found', 'yes', 'yes'],
  ['policy.write', undefined, 'not_found', 'forbidden', 'yes'],
];

test.each(matrix)('%s of %s: member %s, auditor %s, administrator %s', (permission, ownerId, ...expected) => {
  const roles = ['member', 'auditor', 'admin'] as const;
  expect(roles.map((role) => answer(role, permission, ownerId))).toEqual(expected);
  expect(roles.map((role) => can(actor(role), permission, ownerId))).toEqual(expected.map((one) => one === 'yes'));
});

test('being oneself gives no permission over the organisation', () => {
  for (const permission of ['audit.read_all', 'audit.export', 'audit.share', 'audit.curate', 'user.read', 'policy.write'] as const)
    expect(answer('member', permission, 'me')).toBe('not_found');
});
