import { isLive } from '@/lib/auth/sessions';
import { databaseNow, db } from '@/lib/db';
import type { Actor } from '@/lib/permissions/permissions';
import type { SessionRow } from '@/lib/profile/schema';

/** The browsers in which the actor is signed in, this one first, then the last used. */
export async function listSessions(actor: Actor): Promise<SessionRow[]> {
  const sessions = await db().session.findMany({
    where: { userId: actor.userId, ...isLive(await databaseNow()) },
    select: { id: true, createdAt: true, lastSeenAt: true, ip: true, userAgent: true },
    orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }],
    take: 100,
  });
  const rows = sessions.map(({ id, createdAt, lastSeenAt, ...rest }) => ({
    ...rest,
    current: id === actor.sessionId,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  }));
  return rows.sort((a, b) => Number(b.current) - Number(a.current));
}
