import { AppError } from '@/lib/errors';

export type Role = 'member' | 'auditor' | 'admin';

/** Where a request came from, for the log. */
export type Origin = { ip: string | null; userAgent: string | null; requestId: string | null };

/** Who calls. Made only by requireActor(), from a session that was checked on this request. */
export type Actor = {
  userId: string;
  sessionId: string;
  role: Role;
  name: string;
  email: string;
  timeZone: string | null;
  theme: 'system' | 'light' | 'dark';
  locale: string | null;
  origin: Origin;
};

export type Permission =
  | 'token.read'
  | 'token.write'
  | 'audit.read_all'
  | 'audit.export'
  | 'audit.share'
  | 'audit.curate'
  | 'audit.verify'
  | 'user.read'
  | 'user.write'
  | 'policy.read'
  | 'policy.write'
  | 'alert.close';

/**
 * Whether `actor` may. Token permissions ask about the tokens of `ownerId`; the others about the organisation.
 * Everybody does everything with their own tokens; auditors see all; administrators do all.
 */
export function can(actor: Pick<Actor, 'userId' | 'role'>, permission: Permission, ownerId?: string): boolean {
  if (ownerId === actor.userId && (permission === 'token.read' || permission === 'token.write')) return true;
  if (actor.role === 'admin') return true;
  if (actor.role === 'auditor')
    return ['token.read', 'audit.read_all', 'audit.export', 'audit.share', 'audit.verify', 'user.read', 'policy.read'].includes(permission);
  return false;
}

const readOf: Record<Permission, Permission> = {
  'token.read': 'token.read',
  'token.write': 'token.read',
  'audit.read_all': 'audit.read_all',
  // To whoever may not, it is not there.
  'audit.export': 'audit.export',
  'audit.share': 'audit.share',
  'audit.curate': 'audit.read_all',
  'audit.verify': 'audit.verify',
  'user.read': 'user.read',
  'user.write': 'user.read',
  'policy.read': 'policy.read',
  'policy.write': 'policy.read',
  // Not by the token’s owner: whoever took their account over would silence what tells of it.
  'alert.close': 'token.read',
};

/** Throws unless `actor` may: `forbidden` to whoever may at least see the thing, `not_found` to everybody else. */
export function authorize(actor: Actor, permission: Permission, ownerId?: string): void {
  if (can(actor, permission, ownerId)) return;
  throw new AppError(can(actor, readOf[permission], ownerId) ? 'forbidden' : 'not_found');
}
