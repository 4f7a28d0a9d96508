import type { ClientBase } from 'pg';
import { eventsOf } from '@/lib/alerts/log-link';
import type { RuleName } from '@/lib/alerts/schema';
import { record } from '@/lib/audit/record';
import { type Tx, transaction } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import { momentOf } from '@/lib/id';
import { runtime } from '@/lib/runtime';
import { suspendBySystem } from '@/lib/tokens/suspension';

/** Why a token was suspended, as its owner and the log read it. */
const reasons: Record<RuleName, string> = {
  dead_value: 'a value of it that is dead was tried',
  new_network: 'it was used from a network where it was never used from',
  address_burst: 'a burst of refusals from one address',
  token_burst: 'a burst of refusals',
  dormant: 'it was used after a long time without use',
  rate: 'it was used far more than in its past',
};

/**
 * Raises what detectAlerts() found, and suspends the tokens for which it asked: an alert’s event, the suspension and the mark that both are done
 * commit together. Two at a time never take the same one; what one of them dies with, the next does. `client`: asked whether there is any.
 */
export async function raiseAlerts(client: ClientBase): Promise<void> {
  const { rowCount } = await client.query(`SELECT FROM alert WHERE ${WAITING} LIMIT 1`);
  if (rowCount) while (await transaction(raiseNext));
}

const WAITING = '(raised_at IS NULL OR suspend_for IS NOT NULL)';

type Found = {
  id: string;
  rule: RuleName;
  token_id: string | null;
  owner_id: string | null;
  address: string | null;
  reason: string | null;
  first_id: string;
  last_id: string;
  requests: bigint;
  suspend_for: string | null;
  raised_at: Date | null;
};

async function raiseNext(tx: Tx, now: Date): Promise<boolean> {
  const [alert] = await tx.$queryRaw<Found[]>`
    SELECT id, rule, token_id, owner_id, address, reason, first_id, last_id, requests, suspend_for, raised_at FROM alert
    WHERE ${Prisma.raw(WAITING)} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (!alert) return false;
  const { id, raised_at: raisedAt } = alert;
  if (!raisedAt) await recordRaised(tx, now, alert);
  const isSuspended = await suspendFor(tx, now, alert);
  const data = { suspendFor: null, ...(!raisedAt && { raisedAt: now }), ...(isSuspended && { suspendedAt: now }) };
  await tx.alert.update({ where: { id }, data, select: { id: true } });
  return true;
}

async function recordRaised(tx: Tx, now: Date, alert: Found): Promise<void> {
  const { id, rule, token_id: tokenId, owner_id: ownerId, address, requests } = alert;
  const [firstAt, lastAt] = [isoOf(alert.first_id), isoOf(alert.last_id)];
  const link = eventsOf({ ...alert, token: tokenId ? { id: tokenId } : null, firstAt, lastAt });
  await record(tx, now, 'system', {
    event: 'alert.raised',
    tokenId: tokenId ?? undefined,
    subjectId: ownerId ?? undefined,
    changes: {
      alert: [null, id],
      rule: [null, rule],
      ...(address && { address: [null, address] }),
      requests: [null, Number(requests)],
      // For whoever is told elsewhere, by a stream.
      events: [null, `${runtime().env.baseUrl}${link}`],
    },
  });
}

/** Whether the alert’s token was suspended now. */
async function suspendFor(tx: Tx, now: Date, { id, rule, token_id: tokenId, suspend_for: eventId }: Found): Promise<boolean> {
  if (!tokenId || !eventId) return false;
  return suspendBySystem(tx, now, tokenId, `Alert ${id}: ${reasons[rule]}`, new Date(momentOf(eventId)));
}

function isoOf(eventId: string): string {
  return new Date(momentOf(eventId)).toISOString();
}
