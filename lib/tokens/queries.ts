import { databaseNow, db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { Prisma } from '@/lib/generated/prisma/client';
import { type Actor, authorize, can } from '@/lib/permissions/permissions';
import { defaultLimit } from '@/lib/policy/queries';
import { searchPattern } from '@/lib/text';
import { limitOf, quotaOf } from '@/lib/tokens/limit';
import { pastsOf } from '@/lib/tokens/old-value';
import {
  type AccessChoices,
  EXPIRING_WITHIN,
  type LastUse,
  type QuotaUse,
  type TokenFilters,
  type TokenRow,
  tokenStatus,
} from '@/lib/tokens/schema';

// A hint ends with this many characters of the secret.
const HINT_END = 4;

// More than anybody scrolls through.
const MOST_SCOPES_OFFERED = 200;

/** Rows on one page of the list. */
export const TOKENS_PER_PAGE = 25;

const select = {
  id: true,
  name: true,
  description: true,
  hint: true,
  scopes: true,
  ipAllowList: true,
  limitRequests: true,
  limitWindowSeconds: true,
  quotaRequests: true,
  quotaPeriod: true,
  boundThumbprint: true,
  generation: true,
  createdAt: true,
  expiresAt: true,
  deletedAt: true,
  suspendedAt: true,
  suspendedReason: true,
  lastUsedAt: true,
  lastUsedIp: true,
  owner: { select: { id: true, name: true, email: true } },
} satisfies Prisma.TokenSelect;

/**
 * One page of the tokens of `ownerId` that are not deleted: the page asked for, or the last one when there are fewer; how
 * many fit the filters (`total`) and how many there are (`all`). Whoever may not see them gets `not_found`.
 */
export async function listTokens(
  actor: Actor,
  ownerId: string,
  filters: TokenFilters,
): Promise<{ rows: TokenRow[]; page: number; total: number; all: number }> {
  authorize(actor, 'token.read', ownerId);
  const now = await databaseNow();
  const owned = { ownerId, deletedAt: null } satisfies Prisma.TokenWhereInput;
  const where = { ...owned, AND: [searched(filters.q), withStatus(filters.status, now)] } satisfies Prisma.TokenWhereInput;
  const [total, all] = await Promise.all([db().token.count({ where }), db().token.count({ where: owned })]);
  const page = Math.min(filters.page, Math.max(1, Math.ceil(total / TOKENS_PER_PAGE)));
  const rows = await db().token.findMany({
    where,
    select,
    orderBy: order(filters),
    skip: (page - 1) * TOKENS_PER_PAGE,
    take: TOKENS_PER_PAGE,
  });
  const pasts = await pastsOf(rows, now);
  return { rows: rows.map((row) => ({ ...toRow(row, now), ...pasts.get(row.id) })), page, total, all };
}

/** One token, also a deleted one. Refuses `not_found`. */
export async function getToken(actor: Actor, id: string): Promise<TokenRow> {
  const row = await db().token.findUnique({ where: { id }, select });
  if (!row) throw new AppError('not_found');
  authorize(actor, 'token.read', row.owner.id);
  const now = await databaseNow();
  const pasts = row.deletedAt ? undefined : await pastsOf([row], now);
  return { ...toRow(row, now), ...pasts?.get(id) };
}

/** Who used a token last, as the log knows it; null when nobody has. Refuses `not_found`. */
export async function lastUseOf(actor: Actor, id: string): Promise<LastUse | null> {
  await getToken(actor, id);
  const use = await db().auditEvent.findFirst({
    where: { tokenId: id, event: 'token.used' },
    select: { at: true, ip: true, userAgent: true, request: true },
    orderBy: { id: 'desc' },
  });
  return use && { ...use, at: use.at.toISOString() };
}

/** What of its quota a token has used in the present period; null for one without a quota. Refuses `not_found`. */
export async function quotaUseOf(actor: Actor, id: string): Promise<QuotaUse | null> {
  const { quota } = await getToken(actor, id);
  if (!quota) return null;
  const [row] = await db().$queryRaw<[{ used: number; ends_at: Date }]>`
    SELECT coalesce((SELECT used FROM quota_use WHERE token_id = ${id}::uuid AND period = ${quota.period} AND starts_at = current.starts_at), 0) AS used,
           (current.starts_at AT TIME ZONE 'UTC' + ('1 ' || ${quota.period})::interval) AT TIME ZONE 'UTC' AS ends_at
    FROM (SELECT date_trunc(${quota.period}, clock_timestamp(), 'UTC') AS starts_at) current`;
  return { used: row.used, endsAt: row.ends_at.toISOString() };
}

/**
 * What the fields for scopes and addresses offer: the scopes of the tokens that the actor may see (not of deleted ones), the commonest
 * first, the address that the actor comes from, and the limit of tokens without one of their own.
 */
export async function accessChoices(actor: Actor): Promise<AccessChoices> {
  const seen = can(actor, 'token.read') ? Prisma.sql`TRUE` : Prisma.sql`owner_id = ${actor.userId}::uuid`;
  const rows = await db().$queryRaw<{ scope: string }[]>`
    SELECT scope FROM token, unnest(scopes) AS scope WHERE deleted_at IS NULL AND ${seen}
    GROUP BY scope ORDER BY count(*) DESC, scope LIMIT ${MOST_SCOPES_OFFERED}`;
  return { scopes: rows.map(({ scope }) => scope), address: actor.origin.ip, defaultLimit: await defaultLimit() };
}

function toRow(row: Prisma.TokenGetPayload<{ select: typeof select }>, now: Date): TokenRow {
  const {
    deletedAt,
    suspendedAt,
    createdAt,
    expiresAt,
    lastUsedAt,
    limitRequests,
    limitWindowSeconds,
    quotaRequests,
    quotaPeriod,
    ...rest
  } = row;
  return {
    ...rest,
    limit: limitOf({ limitRequests, limitWindowSeconds }),
    quota: quotaOf({ quotaRequests, quotaPeriod }),
    status: tokenStatus({ deletedAt, suspendedAt, expiresAt }, now),
    isExpired: expiresAt !== null && expiresAt <= now,
    suspendedAt: suspendedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    oldValueUntil: null,
    tries: null,
  };
}

function searched(text: string): Prisma.TokenWhereInput {
  const contains = searchPattern(text);
  if (!contains) return {};
  const within: Prisma.TokenWhereInput[] = [
    { name: { contains, mode: 'insensitive' } },
    { description: { contains, mode: 'insensitive' } },
  ];
  // The end of a hint is random: fewer letters than it has would find tokens by chance.
  return { OR: contains.length < HINT_END ? within : [...within, { hint: { endsWith: contains } }] };
}

function withStatus(status: TokenFilters['status'], now: Date): Prisma.TokenWhereInput {
  const soon = new Date(now.getTime() + EXPIRING_WITHIN);
  if (status === 'all') return {};
  if (status === 'suspended') return { suspendedAt: { not: null } };
  const suspendedAt = null;
  if (status === 'expired') return { suspendedAt, expiresAt: { lte: now } };
  if (status === 'expiring') return { suspendedAt, expiresAt: { gt: now, lte: soon } };
  return { suspendedAt, OR: [{ expiresAt: null }, { expiresAt: { gt: soon } }] };
}

function order({ sort, dir }: TokenFilters): Prisma.TokenOrderByWithRelationInput[] {
  const by = {
    name: { nameKey: dir },
    created: { createdAt: dir },
    expires: { expiresAt: { sort: dir, nulls: 'last' } },
    last_used: { lastUsedAt: { sort: dir, nulls: 'last' } },
  } as const satisfies Record<TokenFilters['sort'], Prisma.TokenOrderByWithRelationInput>;
  return [by[sort], { id: dir }];
}
