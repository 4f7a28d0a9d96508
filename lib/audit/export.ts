import { fileTypes } from '@/lib/audit/export-format';
import { exportPieces } from '@/lib/audit/export-pieces';
import { takePlace } from '@/lib/audit/export-places';
import { recordBegin, recordEnd } from '@/lib/audit/export-record';
import { type End, exportStream } from '@/lib/audit/export-stream';
import type { AuditFilters } from '@/lib/audit/filters';
import { resolveFilters } from '@/lib/audit/queries';
import type { ExportFormat } from '@/lib/audit/schema';
import { transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

/** A file that is made, or taken from the database, while it is read. */
export type AuditExport = { fileName: string; type: string; body: ReadableStream<Uint8Array> };

/**
 * Everything in the log that fits `filters` at this moment, newest first, whatever page they are of. Recorded before its first byte
 * (not recorded: no export), and so is its end. `stillMay` is asked on the way; what had `earlier` leaves is shown to be continued. Refuses `not_found` to whoever may not,
 * `exports_running`, and `invalid_input` for a name that too many have.
 */
export async function exportAuditEvents(
  actor: Actor,
  { cursor: _, ...filters }: AuditFilters,
  format: ExportFormat,
  stillMay: () => Promise<boolean>,
  earlier: readonly bigint[] = [],
): Promise<AuditExport> {
  authorize(actor, 'audit.export');
  const leave = takePlace(actor.userId);
  try {
    const { resolved, problems } = await resolveFilters(actor, filters);
    if (!resolved) throw new AppError('invalid_input', { field: Object.keys(problems)[0] });
    const { id, bounded, fileName } = await transaction((tx, now) => recordBegin(tx, now, actor, { filters, resolved, format }));
    const body = exportStream(exportPieces(bounded, id, format, earlier), stillMay, (end) => {
      leave();
      return keepEnd(actor, format, end);
    });
    return { fileName, type: fileTypes[format].type, body };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Throws when a whole file's end cannot be recorded. That of a broken one need not be: without an end it is known for what it is. */
async function keepEnd(actor: Actor, format: ExportFormat, { cause, ...end }: End): Promise<void> {
  const write = transaction((tx, now) => recordEnd(tx, now, actor, format, end));
  const { events, broken } = end;
  if (!broken) return void (await write);
  report(actor, { events, broken, err: cause });
  await write.catch((err) => report(actor, { events, broken, err }));
}

function report({ userId, origin: { requestId } }: Actor, what: { events: number; broken: string; err?: unknown }): void {
  const isFault = what.err !== undefined && !isUnavailable(what.err);
  runtime().log[isFault ? 'error' : 'info']({ ...what, requestId, userId }, 'an export of the audit log was broken off');
}
