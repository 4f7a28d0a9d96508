import type { Changes, EventName, Outcome } from '@/lib/audit/schema';
import { grantEvents } from '@/lib/audit/values';
import type { Tx } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor, Origin } from '@/lib/permissions/permissions';

/** Who did it, as the log keeps it: an actor, or the origin of somebody who is not (or not yet) signed in. */
type By = Pick<Actor, 'userId' | 'origin'> | { userId: null; origin: Origin } | 'system';

type NewEvent = {
  event: EventName;
  /** The user whom it concerns: the token's owner, the user acted upon. Left out of the row when it is the actor. */
  subjectId?: string;
  tokenId?: string;
  outcome?: Outcome;
  reason?: string;
  changes?: Changes;
  /** More than 1: a flood of equal refusals kept as one event. */
  count?: number;
};

const NOWHERE: Origin = { ip: null, userAgent: null, requestId: null };

/**
 * The only writer of operations into the log. Writes inside the caller's transaction, so that an operation and its
 * event commit together or not at all. `now` is the transaction's clock. Gives the event's id. (Accesses are written by lib/gate.)
 */
export async function record(tx: Tx, now: Date, by: By, entry: NewEvent): Promise<string> {
  const { userId, origin } = by === 'system' ? { userId: null, origin: NOWHERE } : by;
  const id = newId(now);
  await tx.auditEvent.create({
    data: {
      id,
      at: now,
      event: entry.event,
      actorType: by === 'system' ? 'system' : 'user',
      actorId: userId,
      subjectId: entry.subjectId === userId ? null : (entry.subjectId ?? null),
      tokenId: entry.tokenId,
      outcome: entry.outcome ?? 'ok',
      reason: entry.reason,
      ip: origin.ip,
      userAgent: origin.userAgent?.slice(0, 512),
      requestId: origin.requestId,
      changes: entry.changes,
      count: entry.count,
    },
    select: { id: true },
  });
  // Sealed soon after it is committed: see lib/audit/ledger.
  await tx.auditPending.create({ data: { leafId: id, lastId: id, events: 1 }, select: { leafId: true } });
  if (grantEvents.has(entry.event)) {
    // Counted by a trigger when the caller changed the token or user, and held by this transaction: nobody else's version.
    const changedUserId = entry.event.startsWith('user.') ? (entry.subjectId ?? userId) : null;
    await tx.$executeRaw`
      INSERT INTO grant_change (event_id, token_id, user_id, version, at)
      SELECT ${id}::uuid, ${entry.tokenId ?? null}::uuid, ${changedUserId}::uuid, version, clock_timestamp() FROM grant_version`;
  }
  return id;
}
