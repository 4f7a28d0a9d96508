import { z } from 'zod';
import type { RuleName } from '@/lib/errors';
import { readPublicKey } from '@/lib/jwk';
import { networkText, readNetwork } from '@/lib/networks';
import { line, paragraph } from '@/lib/text';

/** The statuses in the order in which they are decided: the first that fits. */
export const tokenStatuses = ['deleted', 'suspended', 'expired', 'expiring', 'active'] as const;

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

/** The most scopes that a token has, and the most networks in its list. */
export const MOST_LISTED = 50;

/** What a scope looks like; the gate knows the same (lib/gate/answers.ts). */
const SCOPE = /^[a-z0-9._:-]{1,64}$/;

type Read = { text: string } | { rule: RuleName; values?: Record<string, string | number> };

/** At most 50 texts, each as `read` wants it kept, without doubles and in one order: two lists that mean the same are the same. */
function listOf(read: (text: string) => Read) {
  return z.array(z.string()).transform((given, ctx) => {
    const refuse = (rule: RuleName, values: object) => {
      ctx.addIssue({ code: 'custom', message: rule, params: values });
      return z.NEVER;
    };
    const kept = new Set<string>();
    for (const text of given) {
      const one = read(text.trim());
      if ('rule' in one) return refuse(one.rule, { text: [...text.trim()].slice(0, 64).join(''), ...one.values });
      if (kept.add(one.text).size > MOST_LISTED) return refuse('too_many', { most: MOST_LISTED });
    }
    return [...kept].sort();
  });
}

/** What a token may be used for, in words that mean something to the services behind the gate. */
export const scopes = listOf((text) => (SCOPE.test(text) ? { text } : { rule: 'scope_invalid' }));

/** From where a token may be used: addresses and CIDR ranges, kept as networks; none means from anywhere. */
export const ipAllowList = listOf((text) => {
  const network = readNetwork(text);
  if (!('problem' in network)) return { text: networkText(network) };
  const { problem, ...values } = network;
  return { rule: problem, values };
});

/** The windows of a rate limit in seconds: a second, a minute, an hour, a day. */
export const limitWindows = [1, 60, 3600, 86_400] as const;

/** The most requests that a limit allows in its window. */
export const MOST_REQUESTS = 1_000_000;

/** The most requests that a quota allows in its period. */
export const MOST_IN_PERIOD = 1_000_000_000;

/** How often a token may be used: so many requests in a window, or null for as often as anybody likes. */
export const limit = z
  .strictObject({
    requests: z.int('limit_invalid').min(1, 'limit_invalid').max(MOST_REQUESTS, 'limit_invalid'),
    windowSeconds: z.literal([...limitWindows]),
  })
  .nullable();

/** The periods of a quota: a calendar day or month of UTC. */
export const quotaPeriods = ['day', 'month'] as const;

/** How often a token may be used in a calendar period, or null for as often as anybody likes. */
export const quota = z
  .strictObject({
    requests: z.int('quota_invalid').min(1, 'quota_invalid').max(MOST_IN_PERIOD, 'quota_invalid'),
    period: z.enum(quotaPeriods),
  })
  .nullable();

/** Why a token is suspended: for whoever wonders later. */
export const suspendedReason = line(200);

/** A public key to bind a token to, as a JWK; what is not needed of it is left out. The message says which rule it breaks, and nothing of the key. */
export const publicKey = z.unknown().transform((jwk, ctx) => {
  const read = readPublicKey(jwk);
  if ('key' in read) return read.key;
  ctx.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

/** The thumbprint of a key (RFC 7638, SHA-256), or null for none: what the person saw before they changed it. */
const thumbprint = z.string().max(100).nullable();

const id = z.guid('required').transform((text) => text.toLowerCase());

export const createTokenInput = z.strictObject({
  name: tokenName,
  description: paragraph(500),
  expiration,
  scopes: scopes.optional(),
  ipAllowList: ipAllowList.optional(),
  limit: limit.optional(),
  quota: quota.optional(),
  publicKey: publicKey.optional(),
});
export const renameTokenInput = z.strictObject({ id, name: tokenName });
export const changeExpirationInput = z.strictObject({ id, expiration });
/** Whatever is left out stays as it is. */
export const changeAccessInput = z.strictObject({
  id,
  scopes: scopes.optional(),
  ipAllowList: ipAllowList.optional(),
  limit: limit.optional(),
  quota: quota.optional(),
});
/** `from`: what the token was bound to when the person looked at it. */
export const bindTokenInput = z.strictObject({ id, publicKey, from: thumbprint });
export const unbindTokenInput = z.strictObject({ id, from: thumbprint });
export const suspendTokenInput = z.strictObject({ id, reason: suspendedReason });
export const resumeTokenInput = z.strictObject({ id });

/** The longest that a replaced value can go on working, in seconds; the policy may allow less. */
export const LONGEST_GRACE = 86_400;

const graceSeconds = z.int('grace_invalid').min(0, 'grace_invalid').max(LONGEST_GRACE, 'grace_invalid');
const generation = z.int().min(1);

/** `generation` is the one that the person saw: a doubled submit finds it changed and does nothing. Without a grace the old value ends at once. */
export const regenerateTokenInput = z.strictObject({
  id,
  generation,
  expiration: expiration.optional(),
  graceSeconds: graceSeconds.optional(),
});
/** `generation` is the token's, as the person saw it. */
export const finishGraceInput = z.strictObject({ id, generation });
/** `until` is the end of the grace that the person saw: a doubled submit finds it changed and does nothing. */
export const extendGraceInput = z.strictObject({ id, generation, until: moment, graceSeconds: graceSeconds.min(1, 'grace_invalid') });
/** Which token; for reading more about it. */
export const tokenIdInput = z.strictObject({ id });
/** For reading what the fields of a token can offer. */
export const accessChoicesInput = z.strictObject({});
export const deleteTokenInput = z.strictObject({ id, confirmName: z.string().max(4000) });

export const tokenSorts = ['name', 'created', 'expires', 'last_used'] as const;

/** What the token list shows; every field of it lives in the URL. */
export const tokenFilters = z.object({
  q: z.string().max(200).catch('').default(''),
  status: z.enum(['all', 'active', 'expiring', 'expired', 'suspended']).catch('all').default('all'),
  sort: z.enum(tokenSorts).catch('created').default('created'),
  dir: z.enum(['asc', 'desc']).catch('desc').default('desc'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1).default(1),
});

export type TokenFilters = z.infer<typeof tokenFilters>;

/** How often a token may be used: so many requests in a window of so many seconds. */
export type TokenLimit = NonNullable<z.infer<typeof limit>>;

/** How often a token may be used in a calendar day or month of UTC. */
export type TokenQuota = NonNullable<z.infer<typeof quota>>;

/** What of a quota was used in the present period, a little more while instances have portions of it to spend; when the next one begins. */
export type QuotaUse = { used: number; endsAt: string };

/** A token as pages and answers show it; never with a secret. Moments are ISO 8601 in UTC. */
export type TokenRow = {
  id: string;
  name: string;
  description: string;
  hint: string;
  scopes: string[];
  /** Networks from which it may be used; none: from anywhere. */
  ipAllowList: string[];
  /** How often it may be used; null: as often as anybody likes. */
  limit: TokenLimit | null;
  /** How often in a calendar period; null: as often as anybody likes. */
  quota: TokenQuota | null;
  /** Thumbprint of the key whose proofs have to come with its value; null: nobody asks for any. */
  boundThumbprint: string | null;
  status: TokenStatus;
  /** Also while it is suspended. */
  isExpired: boolean;
  suspendedAt: string | null;
  suspendedReason: string | null;
  generation: number;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  lastUsedIp: string | null;
  owner: { id: string; name: string; email: string };
  /** Until when the value from before it was regenerated works beside the present one; null: it does not. */
  oldValueUntil: string | null;
  /** How often dead values of it were tried of late; null: never. */
  tries: Tries | null;
};

/** Refused uses of values that have ended, since they did. `more`: at least so many. */
export type Tries = { count: number; more: boolean; at: string; ip: string | null };

/** Who used a replaced value during its grace: one client at one address. `more`: at least so many uses. */
export type OldValueUse = { ip: string | null; userAgent: string | null; uses: number; more: boolean; lastSeenAt: string };

/** What became of the value before the present one (of a deleted token: of the last one). Moments are ISO 8601 in UTC. */
export type OldValue = {
  hint: string | null;
  /** When it was replaced; null for a token that was only deleted. */
  replacedAt: string | null;
  /** When it ends or ended. */
  until: string;
  /** Whether it works beside the present one. */
  isAlive: boolean;
  /** What extendGrace() compares. */
  graceUntil: string | null;
  /** No extension reaches beyond. */
  notAfter: string;
  /** Whether that is because the policy allows no more, rather than because the token expires. */
  isCapped: boolean;
  uses: OldValueUse[];
  /** From how many addresses it was used; `moreAddresses`: at least. */
  addresses: number;
  moreAddresses: boolean;
  tries: Tries | null;
};

/** The newest access that a token opened: when, from where, by what client, for which request of a gateway. */
export type LastUse = { at: string; ip: string | null; userAgent: string | null; request: string | null };

/** What the fields for scopes and addresses offer: scopes in use, the commonest first, and the address that asks. */
export type AccessChoices = { scopes: string[]; address: string | null; defaultLimit: TokenLimit | null };

type TokenMoments = { deletedAt: Date | null; suspendedAt: Date | null; expiresAt: Date | null };

/** The status at `now`: the first of `tokenStatuses` that fits. Valid while now < expiresAt. */
export function tokenStatus(token: TokenMoments, now: Date): TokenStatus {
  if (token.deletedAt) return 'deleted';
  if (token.suspendedAt) return 'suspended';
  if (!token.expiresAt) return 'active';
  const left = token.expiresAt.getTime() - now.getTime();
  if (left <= 0) return 'expired';
  return left <= EXPIRING_WITHIN ? 'expiring' : 'active';
}

/** What generate and regenerate give: the only moment a secret leaves the server. */
export type IssuedToken = {
  id: string;
  name: string;
  secret: string;
  expiresAt: string | null;
  suspended: boolean;
  /** To a key, so that it works only with proofs. */
  bound: boolean;
  /** Until when the value that it replaces goes on working; null: it does not. */
  oldValueUntil: string | null;
};
