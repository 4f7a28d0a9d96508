import { db } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { Prisma } from '@/lib/generated/prisma/client';
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

type Found = Prisma.UserGetPayload<{ select: typeof select }>;

/** One page of the users (the last one, if there are fewer), how many fit and how many there are. Members get `not_found`. */
export async function listUsers(
  actor: Actor,
  filters: UserFilters,
): Promise<{ rows: UserRow[]; page: number; total: number; all: number }> {
  authorize(actor, 'user.read');
  const where = Prisma.sql`${searched(filters.q)} AND ${selected(filters.show)}`;
  const [counted] = await db().$queryRaw<[{ total: number; all: number }]>`
    SELECT (count(*) FILTER (WHERE ${where}))::int AS total, count(*)::int AS all FROM "user"`;
  const { total, all } = counted;
  const page = Math.min(filters.page, Math.max(1, Math.ceil(total / USERS_PER_PAGE)));
  const rows = await db().$queryRaw<Found[]>`
    SELECT id, name, email, role::text AS role, password_hash AS "passwordHash", disabled_at AS "disabledAt",
           created_at AS "createdAt", last_sign_in_at AS "lastSignInAt"
    FROM "user" WHERE ${where} ${order(filters)} LIMIT ${USERS_PER_PAGE} OFFSET ${(page - 1) * USERS_PER_PAGE}`;
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
  // Two short walks along partial indexes of the operations, whose condition is repeated word for word so that they are used.
  return db().$queryRaw<SignInRow[]>`
    SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, outcome = 'ok' AS ok, reason, host(ip) AS ip,
           user_agent AS "userAgent"
    FROM (
      (SELECT * FROM audit_log.operation WHERE actor_id = ${id}::uuid AND event LIKE 'user.sign%' AND event <> 'user.signed_out' ORDER BY id DESC LIMIT ${most})
      UNION ALL
      (SELECT * FROM audit_log.operation WHERE subject_id = ${id}::uuid AND event LIKE 'user.sign%' ORDER BY id DESC LIMIT ${most})
    ) AS events
    ORDER BY id DESC LIMIT ${most}`;
}

/** A user's status, the first that fits. */
function statusOf(row: { disabledAt: Date | null; passwordHash: string | null }): UserStatus {
  if (row.disabledAt) return 'disabled';
  return row.passwordHash === null ? 'invited' : 'active';
}

function toRow({ passwordHash, disabledAt, createdAt, lastSignInAt, ...rest }: Found): UserRow {
  return {
    ...rest,
    status: statusOf({ disabledAt, passwordHash }),
    createdAt: createdAt.toISOString(),
    lastSignInAt: lastSignInAt?.toISOString() ?? null,
  };
}

function searched(text: string): Prisma.Sql {
  const pattern = `%${searchPattern(text)}%`;
  return Prisma.sql`(name ILIKE ${pattern} OR email ILIKE ${pattern})`;
}

function selected(show: UserFilters['show']): Prisma.Sql {
  if (show === 'all') return Prisma.sql`TRUE`;
  if (show === 'disabled') return Prisma.sql`disabled_at IS NOT NULL`;
  if (show === 'invited') return Prisma.sql`(disabled_at IS NULL AND password_hash IS NULL)`;
  return Prisma.sql`role::text = ${show}`;
}

// Names in the order of the Unicode collation algorithm: as people expect it, with no regard to capitals and accents at first.
const orders = {
  name: Prisma.sql`name COLLATE "und-x-icu"`,
  email: Prisma.sql`email_key`,
  created: Prisma.sql`created_at`,
  signed_in: Prisma.sql`last_sign_in_at`,
} as const satisfies Record<UserFilters['sort'], Prisma.Sql>;

function order({ sort, dir }: UserFilters): Prisma.Sql {
  return Prisma.sql`ORDER BY ${orders[sort]} ${dir === 'asc' ? Prisma.sql`ASC` : Prisma.sql`DESC`} NULLS LAST, id`;
}
