import type { Problem } from '@/lib/audit/ledger/problems';
import type { Prune } from '@/lib/audit/ledger/pruned';
import type { Verification } from '@/lib/audit/ledger/verify';
import { record } from '@/lib/audit/record';
import type { VerificationProblem, VerificationPrune } from '@/lib/audit/verification/schema';
import { type Tx, transaction } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Origin } from '@/lib/permissions/permissions';

// The page shows so many; the rest is what npm run audit:verify prints.
const KEPT = 20;

/** Who asked for a verification; null: nobody did. */
export type AskedBy = { userId: string; origin: Origin } | null;

/** Keeps what a verification found, in its row and as an event: both or neither. False when it was ended meanwhile. */
export async function finishVerification(id: string, by: AskedBy, found: Verification): Promise<boolean> {
  return transaction(async (tx, now) => {
    const { count } = await tx.auditVerification.updateMany({ where: { id, state: 'running' }, data: resultOf(found, now) });
    if (count === 1) await recordVerified(tx, now, by, found);
    return count === 1;
  });
}

/** The same for one that was made elsewhere (npm run audit:verify); `isOurs`: by this installation's own key, so that the page shows it. */
export async function keepVerification(found: Verification, isOurs: boolean): Promise<void> {
  await transaction(async (tx, now) => {
    const head = { id: newId(now), kind: 'command', askedAt: now, startedAt: now } as const;
    if (isOurs) await tx.auditVerification.create({ data: { ...head, ...resultOf(found, now) } });
    await recordVerified(tx, now, null, found);
  });
}

async function recordVerified(tx: Tx, now: Date, by: AskedBy, found: Verification): Promise<void> {
  const { problems, leaves, late, prunes, setAside } = found;
  const isWhole = problems.length === 0;
  await record(tx, now, by ?? 'system', {
    event: 'audit.verified',
    outcome: isWhole ? 'ok' : 'refused',
    reason: isWhole ? undefined : 'changed',
    changes: {
      leaves: [null, Number(leaves)],
      problems: [null, problems.length],
      late: [null, late],
      prunes: [null, prunes.length],
      setAside: [null, setAside],
    },
  });
}

function resultOf({ problems, leaves, events, pending, late, prunes, setAside }: Verification, finishedAt: Date) {
  return {
    state: problems.length === 0 ? ('whole' as const) : ('changed' as const),
    finishedAt,
    done: leaves,
    total: leaves,
    events: BigInt(events),
    pending,
    found: problems.length,
    problems: problems.slice(0, KEPT).map(toKept),
    late: BigInt(late),
    setAside: BigInt(setAside),
    pruned: prunes.length,
    prunes: prunes.slice(-KEPT).reverse().map(toKeptPrune),
  };
}

function toKeptPrune({ eventId, kind, at, before, events }: Prune): VerificationPrune {
  return { eventId, kind, at: at.toISOString(), before: before.toISOString(), events: Number(events) };
}

function toKept({ kind, leaf, checkpoint, from, to, detail }: Problem): VerificationProblem {
  const text = (number: bigint | null) => number?.toString() ?? null;
  return { kind, detail, leaf: text(leaf), checkpoint: text(checkpoint), from: from?.toISOString() ?? null, to: to?.toISOString() ?? null };
}
