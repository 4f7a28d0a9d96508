import { db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Prisma } from '@/lib/generated/prisma/client';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { searchPattern } from '@/lib/text';
import type { SignInRow, UserFilters, UserRow, UserStatus } from '@/lib/users/schema';

/** Rows on one page of the list. */
export const USERS_PER_PAGE = 25;

const select = {
  id: true,
  name: true,
  email: true,
  role: true,
  passwordHash: true,
  disabledAt: true,
  createdAt: true,
  lastSignInAt: true,
} satisfies Prisma.UserSelect;

/** One page of the users (the last one, if there are fewer), how many fit and how many there are. Members get `not_found`. */
export async function listUsers(
  actor: Actor,
  filters: UserFilters,
): Promise<{ rows: UserRow[]; page: number; total: number; all: number }> {
  authorize(actor, 'user.read');
  const where = { AND: [searched(filters.q), selected(filters.show)] } satisfies Prisma.UserWhereInput;
  const [total, all] = await Promise.all([db().user.count({ where }), db().user.count()]);
  const page = Math.min(filters.page, Math.max(1, Math.ceil(total / USERS_PER_PAGE)));
  const skip = (page - 1) * USERS_PER_PAGE;
  const rows = await db().user.findMany({ where, select, orderBy: order(filters), skip, take: USERS_PER_PAGE });
  return { rows: rows.map(toRow), page, total, all };
}

/** One user: oneself, or anybody for those who may see users. Refuses `not_found`. */
export async function getUser(actor: Actor, id: string): Promise<UserRow> {
  if (id !== actor.userId) authorize(actor, 'user.read');
  const row = await db().user.findUnique({ where: { id }, select });
  if (!row) throw new AppError('not_found');
  return toRow(row);
}

/** A user's newest sign-ins, refused ones included. Refuses `not_found` as `getUser` does. */
export async function listSignIns(actor: Actor, id: string, most = 10): Promise<SignInRow[]> {
  await getUser(actor, id);
  // Two short walks along the partial indexes of the schema, whose condition is repeated word for word so that they are used.
  return db().$queryRaw<SignInRow[]>`
    SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, outcome = 'ok' AS ok, reason, host(ip) AS ip,
           user_agent AS "userAgent"
    FROM (
      (SELECT * FROM audit_event WHERE actor_id = ${id}::uuid AND event LIKE 'user.sign%' AND event <> 'user.signed_out' ORDER BY id DESC LIMIT ${most})
      UNION ALL
      (SELECT * FROM audit_event WHERE subject_id = ${id}::uuid AND event LIKE 'user.sign%' ORDER BY id DESC LIMIT ${most})
    ) AS events
    ORDER BY id DESC LIMIT ${most}`;
}

/** A user's status, the first that fits. */
function statusOf(row: { disabledAt: Date | null; passwordHash: string | null }): UserStatus {
  if (row.disabledAt) return 'disabled';
  return row.passwordHash === null ? 'invited' : 'active';
}

function toRow({ passwordHash, disabledAt, createdAt, lastSignInAt, ...rest }: Prisma.UserGetPayload<{ select: typeof select }>): UserRow {
  return {
    ...rest,
    status: statusOf({ disabledAt, passwordHash }),
    createdAt: createdAt.toISOString(),
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
  };
}

function searched(text: string): Prisma.UserWhereInput {
  const contains = searchPattern(text);
  if (!contains) return {};
  return { OR: [{ name: { contains, mode: 'insensitive' } }, { email: { contains, mode: 'insensitive' } }] };
}

function selected(show: UserFilters['show']): Prisma.UserWhereInput {
  if (show === 'all') return {};
  if (show === 'disabled') return { disabledAt: { not: null } };
  if (show === 'invited') return { disabledAt: null, passwordHash: null };
  return { role: show };
}

function order({ sort, dir }: UserFilters): Prisma.UserOrderByWithRelationInput[] {
  const by = {
    name: { name: dir },
    email: { emailKey: dir },
    created: { createdAt: dir },
    signed_in: { lastSignInAt: { sort: dir, nulls: 'last' } },
  } as const satisfies Record<UserFilters['sort'], Prisma.UserOrderByWithRelationInput>;
  return [by[sort], { id: 'asc' }];
}
