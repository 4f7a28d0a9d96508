import { keysetSql } from '@/lib/audit/keyset';
import { getAuditEvent, readEvents } from '@/lib/audit/queries';
import { explainRefusal, type LaterChange, stateBefore } from '@/lib/audit/refusal';
import type { AuditRow, EventContext, RefusalExplanation, TokenState } from '@/lib/audit/schema';
import { databaseNow, pool } from '@/lib/db';
import { type Actor, can } from '@/lib/permissions/permissions';

// Few: the log itself has all of them, a link away.
const OF_A_REQUEST = 5;
const BESIDE = 3;

/**
 * What stands around an event: the others of its request, those of its token before and after it, and of a refused access why it was
 * refused. As much of it as the actor may see. Refuses `not_found`.
 */
export async function getEventContext(actor: Actor, id: string): Promise<EventContext> {
  const row = await getAuditEvent(actor, id);
  const [request, newer, older, refusal] = await Promise.all([
    // An access is all that happened in its request.
    row.requestId && row.requestId !== row.id ? readEvents(keysetSql(actor, { request: row.requestId }, OF_A_REQUEST + 2)) : [],
    besides(actor, row, true),
    besides(actor, row, false),
    row.event === 'token.refused' ? explain(actor, row) : null,
  ]);
  const others = request.filter((other) => other.id !== row.id);
  return {
    refusal,
    sameRequest: others.slice(0, OF_A_REQUEST),
    more: others.length > OF_A_REQUEST,
    around: [...newer.reverse(), ...older],
  };
}

async function besides(actor: Actor, { id, token }: AuditRow, newer: boolean): Promise<AuditRow[]> {
  return token ? readEvents(keysetSql(actor, { tokenIds: [token.id], cursor: { id, newer } }, BESIDE)) : [];
}

async function explain(actor: Actor, row: AuditRow): Promise<RefusalExplanation> {
  const { id, token, generation } = row;
  // Whoever may see the event may see the token, unless it has another owner by now.
  const seen = token && can(actor, 'token.read', token.ownerId) ? await readToken(token.id, generation) : undefined;
  if (!seen) return explainRefusal({ row, replacedAt: null, was: null, today: null, now: await databaseNow() });
  const { now, owner_id, replacedAt, ...today } = seen;
  const tokenId = row.token?.id ?? '';
  // Where operations are kept for less long than accesses, what was changed in between is gone: then nobody can tell what the token was.
  const later = (await arePruned(row.at)) ? 'pruned' : await changesAfter(id, tokenId, owner_id);
  const was = typeof later === 'string' ? null : stateBefore(later, today);
  const isPredecessor = was !== null && generation === was.generation - 1;
  return explainRefusal({
    row,
    replacedAt: replacedAt?.toISOString() ?? null,
    graceUntil: isPredecessor ? await graceAt(id, tokenId) : null,
    unknown: typeof later === 'string' ? later : null,
    was,
    today,
    now,
  });
}

/** Whether operations from after that moment were taken out of the log. */
async function arePruned(after: string): Promise<boolean> {
  const { rowCount } = await pool().query(`SELECT FROM audit_prune WHERE kind = 'operation' AND before > $1 LIMIT 1`, [after]);
  return rowCount !== 0;
}

/** Until when the replaced value was to work, as it had been decided last before that event. */
async function graceAt(eventId: string, tokenId: string): Promise<string | null> {
  const { rows } = await pool().query<{ until: string | null }>(
    `SELECT changes -> 'oldValueUntil' ->> 1 AS until FROM audit_event
     WHERE token_id = $2 AND event IN ('token.regenerated', 'token.grace_extended', 'token.grace_ended') AND id < $1
     ORDER BY id DESC LIMIT 1`,
    [eventId, tokenId],
  );
  return rows[0]?.until ?? null;
}

type Seen = TokenState & { now: Date; owner_id: string; replacedAt: Date | null };

async function readToken(id: string, generation: number | null): Promise<Seen | undefined> {
  const { rows } = await pool().query<Omit<Seen, 'expiresAt'> & { expiresAt: Date | null }>(
    `SELECT t.expires_at AS "expiresAt", t.scopes, coalesce(t.ip_allow_list, '{}') AS "ipAllowList", t.limit_requests AS "limitRequests",
            t.limit_window_seconds AS "limitWindowSeconds", p.default_limit_requests AS "defaultLimitRequests",
            p.default_limit_window_seconds AS "defaultLimitWindowSeconds", t.quota_requests AS "quotaRequests", t.quota_period AS "quotaPeriod",
            t.bound_thumbprint AS "boundThumbprint", t.suspended_at IS NOT NULL AS "isSuspended",
            t.suspended_reason AS "suspendedReason", t.deleted_at IS NOT NULL AS "isDeleted", o.disabled_at IS NOT NULL AS "isOwnerDisabled",
            t.generation, t.owner_id, clock_timestamp() AS now,
            (SELECT s.superseded_at FROM token_secret s WHERE s.token_id = t.id AND s.generation = $2) AS "replacedAt"
     FROM token t JOIN "user" o ON o.id = t.owner_id CROSS JOIN policy p WHERE t.id = $1`,
    [id, generation],
  );
  const [row] = rows;
  return row && { ...row, expiresAt: row.expiresAt?.toISOString() ?? null };
}

// A token that was changed more often than this since: what it was is not known then, rather than known wrongly.
const MOST_CHANGES = 10_000;

/** What was changed since that event about the token, its owner and the policy, oldest first; `too_many`: more than can be read. */
async function changesAfter(eventId: string, tokenId: string, ownerId: string): Promise<LaterChange[] | 'too_many'> {
  const { rows } = await pool().query<LaterChange>(
    `SELECT event, changes FROM (
       (SELECT id, event, changes FROM audit_event
        WHERE token_id = $2 AND event NOT IN ('token.used', 'token.refused') AND id > $1 ORDER BY id LIMIT $4)
       UNION ALL
       (SELECT id, event, changes FROM audit_event
        WHERE event IN ('user.disabled', 'user.enabled') AND id > $1 AND coalesce(subject_id, actor_id) = $3)
       UNION ALL
       (SELECT id, event, changes FROM audit_event WHERE event = 'policy.changed' AND id > $1)
     ) later ORDER BY id`,
    [eventId, tokenId, ownerId, MOST_CHANGES + 1],
  );
  return rows.length > MOST_CHANGES ? 'too_many' : rows;
}
