import type { z } from 'zod';
import { recordBegin, recordEnd } from '@/lib/audit/export-record';
import type { beginExportInput, exportIdInput } from '@/lib/audit/exports/schema';
import { KEPT_FOR, MOST_KEPT, MOST_OF_ALL, MOST_UNDER_WAY } from '@/lib/audit/exports/values';
import { parseAuditQuery } from '@/lib/audit/filters';
import { resolveFilters } from '@/lib/audit/queries';
import { record } from '@/lib/audit/record';
import { auditQuery, type ExportFormat } from '@/lib/audit/schema';
import { lock, type Tx, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { newId } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { defaultFilters, hrefOf } from '@/lib/url';

/**
 * Asks for an export that the background makes (make.ts): what the filters show at this moment; dates are those of `timeZone`. Recorded as
 * any export is, together with its row. Refuses `not_found` to whoever may not, `invalid_input` for a filter that makes no sense,
 * `exports_waiting`, `too_many_exports` and `exports_full`.
 */
export async function beginExport(
  actor: Actor,
  { query: asked, format, earlier }: z.infer<typeof beginExportInput>,
  timeZone: string,
): Promise<{ id: string }> {
  authorize(actor, 'audit.export');
  const query = { ...asked, cursor: '', id: '' };
  const { filters, problems: unclear } = parseAuditQuery(query, timeZone);
  const [unclearField] = Object.keys(unclear);
  if (unclearField) throw new AppError('invalid_input', { field: unclearField });
  const { resolved, problems } = await resolveFilters(actor, filters);
  if (!resolved) throw new AppError('invalid_input', { field: Object.keys(problems)[0] });
  return transaction(async (tx, now) => {
    // One after the other, whoever asks: what all files take is counted here.
    await lock(tx, 'exports of the log');
    await refuseBeyondBounds(tx, now, actor.userId);
    const { id: eventId, bounded, fileName } = await recordBegin(tx, now, actor, { filters, resolved, format, background: true });
    const id = newId(now);
    await tx.auditExport.create({
      data: {
        ...{ id, eventId, format, fileName, ownerId: actor.userId, origin: actor.origin, state: 'queued', askedAt: now },
        earlier,
        query: hrefOf('', query, defaultFilters(auditQuery)).slice(1),
        // Moments become text, which whoever makes it reads back.
        filters: JSON.parse(JSON.stringify(bounded)),
      },
      select: { id: true },
    });
    return { id };
  });
}

async function refuseBeyondBounds(tx: Tx, now: Date, ownerId: string): Promise<void> {
  const kept = { OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
  const underWay = await tx.auditExport.count({ where: { ownerId, state: { in: ['queued', 'running'] } } });
  if (underWay >= MOST_UNDER_WAY) throw new AppError('exports_waiting', { values: { most: MOST_UNDER_WAY } });
  if ((await tx.auditExport.count({ where: { ownerId, ...kept } })) >= MOST_KEPT)
    throw new AppError('too_many_exports', { values: { most: MOST_KEPT } });
  const { _sum: all } = await tx.auditExport.aggregate({ where: { state: { in: ['running', 'done'] }, ...kept }, _sum: { stored: true } });
  if (Number(all.stored ?? 0) >= MOST_OF_ALL) throw new AppError('exports_full');
}

/** Ends an export of one's own that waits or runs; that is recorded. Refuses `not_found`, and `changed_meanwhile` when it has ended by itself. */
export async function cancelExport(actor: Actor, { id }: z.infer<typeof exportIdInput>): Promise<void> {
  authorize(actor, 'audit.export');
  await transaction(async (tx, now) => {
    const { state, format, done } = await lockExport(tx, actor, id);
    if (state !== 'queued' && state !== 'running') throw new AppError('changed_meanwhile');
    await tx.auditExport.update({
      where: { id },
      data: { state: 'cancelled', reason: 'cancelled', endedAt: now, expiresAt: new Date(now.getTime() + KEPT_FOR) },
      select: { id: true },
    });
    await recordEnd(tx, now, actor, format, { events: Number(done), broken: 'cancelled' });
  });
}

/** Takes an export of one's own that has ended off the list, and its file with it; that is recorded. Refuses `not_found`, and `changed_meanwhile` while it is made. */
export async function deleteExport(actor: Actor, { id }: z.infer<typeof exportIdInput>): Promise<void> {
  authorize(actor, 'audit.export');
  await transaction(async (tx, now) => {
    const { state, format, done } = await lockExport(tx, actor, id);
    if (state === 'queued' || state === 'running') throw new AppError('changed_meanwhile');
    await record(tx, now, actor, { event: 'audit.export_deleted', changes: { format: [format, null], events: [Number(done), null] } });
    // The background removes what expired, in parts: a large file takes longer than a command may.
    await tx.auditExport.update({ where: { id }, data: { expiresAt: now }, select: { id: true } });
  });
}

type Locked = { state: string; format: ExportFormat; done: bigint };

/** The actor's own export, until the transaction ends: whoever makes it waits. */
async function lockExport(tx: Tx, actor: Actor, id: string): Promise<Locked> {
  const [found] = await tx.$queryRaw<Locked[]>`
    SELECT state::text, format, done FROM audit_export
    WHERE id = ${id}::uuid AND owner_id = ${actor.userId}::uuid AND (expires_at IS NULL OR expires_at > clock_timestamp())
    FOR UPDATE`;
  if (!found) throw new AppError('not_found');
  return found;
}
