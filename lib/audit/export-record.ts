import { fileTypes } from '@/lib/audit/export-format';
import type { End } from '@/lib/audit/export-stream';
import type { AuditFilters } from '@/lib/audit/filters';
import type { ResolvedFilters } from '@/lib/audit/keyset';
import { record } from '@/lib/audit/record';
import type { Changes, ExportFormat } from '@/lib/audit/schema';
import type { Tx } from '@/lib/db';
import { inertText } from '@/lib/inert';
import type { Actor } from '@/lib/permissions/permissions';

/** Whose export it is, as the log keeps it. */
export type ExportedBy = Pick<Actor, 'userId' | 'origin'>;

/** An export that is on record: its event, which is not in it, what is in it, and the name of its file. */
export type Begun = { id: string; bounded: ResolvedFilters; fileName: string };

/** Records that an export begins. What happens from now on is not in it: it is as of one moment, the event's own. */
export async function recordBegin(
  tx: Tx,
  now: Date,
  by: ExportedBy,
  { filters, resolved, format, background }: { filters: AuditFilters; resolved: ResolvedFilters; format: ExportFormat; background?: true },
): Promise<Begun> {
  const end = new Date(now.getTime() + 1);
  const bounded = { ...resolved, until: resolved.until && resolved.until < end ? resolved.until : end };
  const { q, kind, event, actor, target, token, outcome, reason, ip, request } = filters;
  const moments = { from: bounded.from?.toISOString(), until: bounded.until.toISOString() };
  const changes = added({ format, background, q, kind, event, actor, target, token, outcome, reason, ip, request, ...moments });
  const id = await record(tx, now, by, { event: 'audit.exported', changes });
  return { id, bounded, fileName: fileName(bounded, now, format) };
}

/** Records how an export ended. */
export async function recordEnd(
  tx: Tx,
  now: Date,
  by: ExportedBy,
  format: ExportFormat,
  { events, sha256, broken }: Omit<End, 'cause'>,
): Promise<void> {
  await record(tx, now, by, {
    event: broken ? 'audit.export_aborted' : 'audit.export_finished',
    // Whoever stops a download has what they wanted of it.
    outcome: broken && broken !== 'cancelled' ? 'refused' : 'ok',
    reason: broken,
    changes: added({ format, events, sha256 }),
  });
}

/** Records that somebody fetches the file of an export that was made in the background; its sum tells which. */
export async function recordDownload(
  tx: Tx,
  now: Date,
  by: ExportedBy,
  format: ExportFormat,
  file: { events: number; sha256: string },
): Promise<void> {
  await record(tx, now, by, { event: 'audit.export_downloaded', changes: added({ format, ...file }) });
}

/** What an export is, in the form of changes: from nothing. What was typed is made inert: the database takes no U+0000. */
function added(fields: Record<string, string | number | boolean | undefined>): Changes {
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
