import { db, type Tx } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor, Origin } from '@/lib/permissions/permissions';

const MINUTE = 60_000;

/** A session ends after this long without a request, in milliseconds. */
export const IDLE_LIMIT = 12 * 60 * MINUTE;
/** A session ends this long after its sign-in, whatever happens, in milliseconds. */
export const ABSOLUTE_LIMIT = 7 * 24 * 60 * MINUTE;

const actorFields = { id: true, name: true, email: true, role: true, timeZone: true, theme: true, locale: true, disabledAt: true } as const;

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

/**
 * The actor of a session, or null when it was ended, ran out, sat idle or its user is disabled. Read on every request,
 * so that all of these hold from the next request on, on every instance. Notes the visit at most once a minute.
 */
export async function checkSession(sessionId: string, origin: Origin): Promise<Actor | null> {
  const rows = await db().$queryRaw<{ live: boolean; stale: boolean }[]>`
    SELECT expires_at > clock_timestamp() AND last_seen_at > clock_timestamp() - make_interval(secs => ${IDLE_LIMIT / 1000}) AS live,
           last_seen_at < clock_timestamp() - interval '1 minute' AS stale
    FROM "session" WHERE id = ${sessionId}::uuid`;
  if (!rows[0]?.live) return null;
  const session = await db().session.findUnique({ where: { id: sessionId }, select: { id: true, user: { select: actorFields } } });
  if (!session || session.user.disabledAt) return null;
  if (rows[0].stale) await db().$executeRaw`UPDATE "session" SET last_seen_at = clock_timestamp() WHERE id = ${sessionId}::uuid`;
  const { id, disabledAt, theme, ...user } = session.user;
  return { ...user, userId: id, sessionId: session.id, theme: theme as Actor['theme'], origin };
}
