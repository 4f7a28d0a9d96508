import { formatKey, signerOf } from '@/lib/audit/ledger/note';
import type { Integrity, VerificationProblem, VerificationPrune, VerificationRow } from '@/lib/audit/verification/schema';
import { db, type Tx } from '@/lib/db';
import type { AuditVerification, Prisma } from '@/lib/generated/prisma/client';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';

/** What is known of whether the log is what was signed: the last verifications, the key and the last checkpoint. Refuses `not_found`. */
export async function getIntegrity(actor: Actor): Promise<Integrity> {
  authorize(actor, 'audit.verify');
  const [last, newest, checkpoint] = await Promise.all([
    lastVerification(actor),
    findVerification(db(), {}),
    db().auditCheckpoint.findFirst({ orderBy: { number: 'desc' } }),
  ]);
  return {
    last,
    newest,
    key: formatKey(signerOf(runtime().keys).verifier),
    checkpoint: checkpoint && {
      number: Number(checkpoint.number),
      leaves: Number(checkpoint.size),
      at: checkpoint.at.toISOString(),
      note: checkpoint.note,
    },
  };
}

/** The last verification that came to its end; null when none did. Refuses `not_found`. */
export async function lastVerification(actor: Actor): Promise<VerificationRow | null> {
  authorize(actor, 'audit.verify');
  return findVerification(db(), { state: { in: ['whole', 'changed'] } });
}

/** The newest verification, to see how far it is; null when there never was one. Refuses `not_found`. */
export async function getVerification(actor: Actor): Promise<VerificationRow | null> {
  authorize(actor, 'audit.verify');
  return findVerification(db(), {});
}

/** The newest verification that fits. Whoever calls has made sure who may see it. */
export async function findVerification(tx: Tx, where: Prisma.AuditVerificationWhereInput): Promise<VerificationRow | null> {
  const row = await tx.auditVerification.findFirst({ where, orderBy: [{ askedAt: 'desc' }, { id: 'desc' }] });
  if (!row) return null;
  const user = row.userId ? await tx.user.findUnique({ where: { id: row.userId }, select: { name: true } }) : null;
  return toRow(row, user?.name ?? null);
}

function toRow(row: AuditVerification, by: string | null): VerificationRow {
  const { id, kind, state, pending, found } = row;
  return {
    ...{ id, kind, state, pending, found, by },
    at: (row.finishedAt ?? row.askedAt).toISOString(),
    done: Number(row.done),
    total: Number(row.total),
    events: Number(row.events),
    problems: (row.problems ?? []) as VerificationProblem[],
    late: Number(row.late),
    setAside: Number(row.setAside),
    pruned: row.pruned,
    prunes: (row.prunes ?? []) as VerificationPrune[],
  };
}
