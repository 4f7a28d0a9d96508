import { databaseNow, db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Prisma } from '@/lib/generated/prisma/client';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { searchPattern } from '@/lib/text';
import { EXPIRING_WITHIN, type LastUse, type TokenFilters, type TokenRow, tokenStatus } from '@/lib/tokens/schema';

// A hint ends with this many characters of the secret.
const HINT_END = 4;

/** Rows on one page of the list. */
export const TOKENS_PER_PAGE = 25;

const select = {
  id: true,
  name: true,
  description: true,
  hint: true,
  scopes: true,
  generation: true,
  createdAt: true,
  expiresAt: true,
  deletedAt: true,
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
  return { rows: rows.map((row) => toRow(row, now)), page, total, all };
}

/** One token, also a deleted one. Refuses `not_found`. */
export async function getToken(actor: Actor, id: string): Promise<TokenRow> {
  const row = await db().token.findUnique({ where: { id }, select });
  if (!row) throw new AppError('not_found');
  authorize(actor, 'token.read', row.owner.id);
  return toRow(row, await databaseNow());
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

function toRow(row: Prisma.TokenGetPayload<{ select: typeof select }>, now: Date): TokenRow {
  const { deletedAt, createdAt, expiresAt, lastUsedAt, ...rest } = row;
  return {
    ...rest,
    status: tokenStatus({ deletedAt, expiresAt }, now),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
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
  if (status === 'expired') return { expiresAt: { lte: now } };
  if (status === 'expiring') return { expiresAt: { gt: now, lte: soon } };
  if (status === 'active') return { OR: [{ expiresAt: null }, { expiresAt: { gt: soon } }] };
  return {};
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
