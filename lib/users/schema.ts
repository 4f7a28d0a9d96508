import { z } from 'zod';
import { uuid } from '@/lib/id';
import { line } from '@/lib/text';

export const roles = ['member', 'auditor', 'admin'] as const;

export const role = z.enum(roles);

/** How people are shown to others: 1 to 80 code points. */
export const personName = line(80);

/**
 * An e-mail address: trimmed, NFC, at most 254 characters (RFC 5321), ASCII as the headers that gateways receive demand; an
 * internationalised domain is written in its xn-- form.
 */
export const emailAddress = z
  .string()
  .max(4000, 'too_long')
  .transform((text) => text.trim().normalize('NFC'))
  .pipe(z.string().min(1, 'required').max(254, 'too_long').pipe(z.email('email_invalid')));

export const addUserInput = z.strictObject({ name: personName, email: emailAddress, role });
export const changeRoleInput = z.strictObject({ id: uuid, role });
export const userIdInput = z.strictObject({ id: uuid });

export const userStatuses = ['active', 'invited', 'disabled'] as const;

/** Disabled; or no password was set yet; or able to sign in. */
export type UserStatus = (typeof userStatuses)[number];

/** Whom the list shows: everybody, those of a role, those who have not set a password yet, or those who are locked out. */
export const userSelections = ['all', ...roles, 'invited', 'disabled'] as const;

export const userSorts = ['name', 'email', 'created', 'signed_in'] as const;

/** What the user list shows; every field of it lives in the URL, and one that does not parse falls back. */
export const userFilters = z.object({
  q: z.string().max(200).catch('').default(''),
  show: z.enum(userSelections).catch('all').default('all'),
  sort: z.enum(userSorts).catch('name').default('name'),
  dir: z.enum(['asc', 'desc']).catch('asc').default('asc'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1).default(1),
});

export type UserFilters = z.infer<typeof userFilters>;

/** A user as the list shows them. Moments are ISO 8601 in UTC. */
export type UserRow = {
  id: string;
  name: string;
  email: string;
  role: z.infer<typeof role>;
  status: UserStatus;
  createdAt: string;
  lastSignInAt: string | null;
};

/** One try to sign in, as the user's page shows it. */
export type SignInRow = { id: string; at: string; ok: boolean; reason: string | null; ip: string | null; userAgent: string | null };
