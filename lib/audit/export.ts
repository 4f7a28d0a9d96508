import { fileTypes } from '@/lib/audit/export-format';
import { exportPieces } from '@/lib/audit/export-pieces';
import { takePlace } from '@/lib/audit/export-places';
import { type End, exportStream } from '@/lib/audit/export-stream';
import type { AuditFilters } from '@/lib/audit/filters';
import type { ResolvedFilters } from '@/lib/audit/keyset';
import { resolveFilters } from '@/lib/audit/queries';
import { record } from '@/lib/audit/record';
import type { Changes, ExportFormat } from '@/lib/audit/schema';
import { transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { inertText } from '@/lib/inert';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

/** A file that is made while it is read. */
export type AuditExport = { fileName: string; type: string; body: ReadableStream<Uint8Array> };

/**
 * Everything in the log that fits `filters` at this moment, newest first, whatever page they are of. Recorded before its first byte
 * (not recorded: no export), and so is its end. `stillMay` is asked on the way. Refuses `not_found` to whoever may not,
 * `exports_running`, and `invalid_input` for a name that too many have.
 */
export async function exportAuditEvents(
  actor: Actor,
  { cursor: _, ...filters }: AuditFilters,
  format: ExportFormat,
  stillMay: () => Promise<boolean>,
): Promise<AuditExport> {
  authorize(actor, 'audit.export');
  const leave = takePlace(actor.userId);
  try {
    const { resolved, problems } = await resolveFilters(actor, filters);
    if (!resolved) throw new AppError('invalid_input', { field: Object.keys(problems)[0] });
    const { id, now, bounded } = await recordBegin(actor, filters, resolved, format);
    const body = exportStream(exportPieces(bounded, id, format), stillMay, (end) => {
      leave();
      return recordEnd(actor, format, end);
    });
    return { fileName: fileName(bounded, now, format), type: fileTypes[format].type, body };
  } catch (error) {
    leave();
    throw error;
  }
}

/** What happens from now on is not in it: it is as of one moment, the event's own. */
function recordBegin(actor: Actor, filters: AuditFilters, resolved: ResolvedFilters, format: ExportFormat) {
  return transaction(async (tx, now) => {
    const end = new Date(now.getTime() + 1);
    const bounded = { ...resolved, until: resolved.until && resolved.until < end ? resolved.until : end };
    const { event, actor: who, token, outcome, reason, ip, request } = filters;
    const moments = { from: bounded.from?.toISOString(), until: bounded.until.toISOString() };
    const changes = added({ format, event, actor: who, token, outcome, reason, ip, request, ...moments });
    return { id: await record(tx, now, actor, { event: 'audit.exported', changes }), now, bounded };
  });
}

/** Throws when a whole file's end cannot be recorded. That of a broken one need not be: without an end it is known for what it is. */
async function recordEnd(actor: Actor, format: ExportFormat, { events, sha256, broken, cause }: End): Promise<void> {
  const write = transaction((tx, now) =>
    record(tx, now, actor, {
      event: broken ? 'audit.export_aborted' : 'audit.export_finished',
      // Whoever stops a download has what they wanted of it.
      outcome: broken && broken !== 'cancelled' ? 'refused' : 'ok',
      reason: broken,
      changes: added({ format, events, sha256 }),
    }),
  );
  if (!broken) return void (await write);
  report(actor, { events, broken, err: cause });
  await write.catch((err) => report(actor, { events, broken, err }));
}

function report({ userId, origin: { requestId } }: Actor, what: { events: number; broken: string; err?: unknown }): void {
  const isFault = what.err !== undefined && !isUnavailable(what.err);
  runtime().log[isFault ? 'error' : 'info']({ ...what, requestId, userId }, 'an export of the audit log was broken off');
}

/** What an export is, in the form of changes: from nothing. What was typed is made inert: the database takes no U+0000. */
function added(fields: Record<string, string | number | undefined>): Changes {
  const changes: Changes = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) changes[name] = [null, typeof value === 'string' ? inertText(value) : value];
  return changes;
}

/** Letters, digits, hyphens and a dot: latchkey-audit-20261101T000000Z-20261121T120000Z.csv */
function fileName({ from, until }: ResolvedFilters, now: Date, format: ExportFormat): string {
  const compact = (at: Date) => at.toISOString().replace(/\.\d+/, '').replaceAll(/[:-]/g, '');
  return `latchkey-audit-${from ? compact(from) : 'begin'}-${compact(until && until < now ? until : now)}.${fileTypes[format].ending}`;
}
