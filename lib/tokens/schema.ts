import { z } from 'zod';
import { line, paragraph } from '@/lib/text';

/** The statuses in the order in which they are decided: the first that fits. */
export const tokenStatuses = ['deleted', 'expired', 'expiring', 'active'] as const;

export type TokenStatus = (typeof tokenStatuses)[number];

/** Below this the status is `expiring`, in milliseconds. */
export const EXPIRING_WITHIN = 7 * 86_400_000;

/** The presets of the expiration field, in days. */
export const expirationDays = [7, 30, 60, 90, 365] as const;

const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
// An offset can carry the last day of 9999 into a year that RFC 3339 cannot write.
const moment = z.iso.datetime({ offset: true, error: 'date_invalid' }).refine((text) => Date.parse(text) <= LAST_MOMENT, 'date_invalid');

/** When a token ends: after a preset number of days from now, at an exact moment (RFC 3339), or never. */
export const expiration = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('days'), days: z.literal([...expirationDays]) }),
  z.strictObject({ kind: z.literal('at'), at: moment }),
  z.strictObject({ kind: z.literal('never') }),
]);

export type Expiration = z.infer<typeof expiration>;

/** 1 to 80 code points; see contract and lib/text.ts. */
export const tokenName = line(80);

const id = z.guid('required').transform((text) => text.toLowerCase());

export const createTokenInput = z.strictObject({ name: tokenName, description: paragraph(500), expiration });
export const renameTokenInput = z.strictObject({ id, name: tokenName });
export const changeExpirationInput = z.strictObject({ id, expiration });
/** `generation` is the one that the person saw: a doubled submit finds it changed and does nothing. */
export const regenerateTokenInput = z.strictObject({ id, generation: z.int().min(1), expiration: expiration.optional() });
/** Which token; for reading more about it. */
export const tokenIdInput = z.strictObject({ id });
export const deleteTokenInput = z.strictObject({ id, confirmName: z.string().max(4000) });

export const tokenSorts = ['name', 'created', 'expires', 'last_used'] as const;

/** What the token list shows; every field of it lives in the URL. */
export const tokenFilters = z.object({
  q: z.string().max(200).catch('').default(''),
  status: z.enum(['all', 'active', 'expiring', 'expired']).catch('all').default('all'),
  sort: z.enum(tokenSorts).catch('created').default('created'),
  dir: z.enum(['asc', 'desc']).catch('desc').default('desc'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1).default(1),
});

export type TokenFilters = z.infer<typeof tokenFilters>;

/** A token as pages and answers show it; never with a secret. Moments are ISO 8601 in UTC. */
export type TokenRow = {
  id: string;
  name: string;
  description: string;
  hint: string;
  scopes: string[];
  status: TokenStatus;
  generation: number;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  lastUsedIp: string | null;
  owner: { id: string; name: string; email: string };
};

/** The newest access that a token opened: when, from where, by what client, for which request of a gateway. */
export type LastUse = { at: string; ip: string | null; userAgent: string | null; request: string | null };

/** The status at `now`: the first of `tokenStatuses` that fits. Valid while now < expiresAt. */
export function tokenStatus(token: { deletedAt: Date | null; expiresAt: Date | null }, now: Date): TokenStatus {
  if (token.deletedAt) return 'deleted';
  if (!token.expiresAt) return 'active';
  const left = token.expiresAt.getTime() - now.getTime();
  if (left <= 0) return 'expired';
  return left <= EXPIRING_WITHIN ? 'expiring' : 'active';
}

/** What generate and regenerate give: the only moment a secret leaves the server. */
export type IssuedToken = { id: string; name: string; secret: string; expiresAt: string | null };
