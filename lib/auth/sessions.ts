import { record } from '@/lib/audit/record';
import { db, type Tx, transaction } from '@/lib/db';
import type { Prisma } from '@/lib/generated/prisma/client';
import { newId } from '@/lib/id';
import type { Actor, Origin } from '@/lib/permissions/permissions';

const MINUTE = 60_000;

/** A session ends after this long without a request, in milliseconds. */
export const IDLE_LIMIT = 12 * 60 * MINUTE;
/** A session ends this long after its sign-in, whatever happens, in milliseconds. */
export const ABSOLUTE_LIMIT = 7 * 24 * 60 * MINUTE;

/** Opens a session with a new id, inside the sign-in's transaction. Gives the id. */
export async function openSession(tx: Tx, now: Date, userId: string, origin: Origin): Promise<string> {
  const id = newId(now);
  await tx.session.create({
    data: {
      id,
      userId,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + ABSOLUTE_LIMIT),
      ip: origin.ip,
      userAgent: origin.userAgent?.slice(0, 512),
    },
    select: { id: true },
  });
  return id;
}

type Checked = Omit<Actor, 'origin'> & { stale: boolean };

/**
 * The actor of a session, or null when it was ended, ran out, sat idle or its user is disabled. Read on every request,
 * so that all of these hold from the next request on, on every instance. Notes the visit at most once a minute.
 */
export async function checkSession(sessionId: string, origin: Origin): Promise<Actor | null> {
  const rows = await db().$queryRaw<Checked[]>`
    SELECT s.id AS "sessionId", u.id AS "userId", u.role::text AS role, u.name, u.email, u.time_zone AS "timeZone", u.theme, u.locale,
           s.last_seen_at < clock_timestamp() - interval '1 minute' AS stale
    FROM "session" s JOIN "user" u ON u.id = s.user_id
    WHERE s.id = ${sessionId}::uuid AND u.disabled_at IS NULL
      AND s.expires_at > clock_timestamp() AND s.last_seen_at > clock_timestamp() - make_interval(secs => ${IDLE_LIMIT / 1000})`;
  if (!rows[0]) return null;
  const { stale, ...actor } = rows[0];
  if (stale) await db().$executeRaw`UPDATE "session" SET last_seen_at = clock_timestamp() WHERE id = ${sessionId}::uuid`;
  return { ...actor, origin };
}

/** The sessions that are good at `now`, as a condition. */
export function isLive(now: Date) {
  return { expiresAt: { gt: now }, lastSeenAt: { gt: new Date(now.getTime() - IDLE_LIMIT) } } satisfies Prisma.SessionWhereInput;
}

/** Removes what is left of a user's sessions that ran out, so that they do not pile up. */
export async function pruneSessions(tx: Tx, now: Date, userId: string): Promise<void> {
  await tx.session.deleteMany({ where: { userId, NOT: isLive(now) } });
}

/** Ends one session for good and records the sign-out; one that is gone already is no error. */
export async function endSession(sessionId: string, origin: Origin): Promise<void> {
  await transaction(async (tx, now) => {
    const session = await tx.session.findUnique({ where: { id: sessionId }, select: { userId: true } });
    // Of two at once, the one that removes the row records it.
    const { count } = await tx.session.deleteMany({ where: { id: sessionId } });
    if (session && count === 1) await record(tx, now, { userId: session.userId, origin }, { event: 'user.signed_out' });
  });
}
