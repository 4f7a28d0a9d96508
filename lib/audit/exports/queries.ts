import { countWithin } from '@/lib/audit/count';
import type { ExportRow, ExportSize } from '@/lib/audit/exports/schema';
import { LARGE } from '@/lib/audit/exports/values';
import { parseAuditQuery } from '@/lib/audit/filters';
import { stretchSql } from '@/lib/audit/keyset';
import { resolveFilters } from '@/lib/audit/queries';
import type { AuditQuery, AuditReason, ExportFormat } from '@/lib/audit/schema';
import { databaseNow, db } from '@/lib/db';
import { type Actor, authorize, can } from '@/lib/permissions/permissions';

// How long the dialog waits to say how many there are, in milliseconds.
const PATIENCE = 1500;

/** The actor's own exports that are not deleted, the newest first. Refuses `not_found`. */
export async function listExports(actor: Actor): Promise<ExportRow[]> {
  authorize(actor, 'audit.export');
  const rows = await db().auditExport.findMany({
    where: { ownerId: actor.userId, OR: [{ expiresAt: null }, { expiresAt: { gt: await databaseNow() } }] },
    orderBy: [{ askedAt: 'desc' }, { id: 'desc' }],
    select: {
      ...{ id: true, state: true, format: true, fileName: true, query: true, done: true, total: true, size: true, reason: true },
      ...{ askedAt: true, expiresAt: true },
    },
  });
  return rows.map(({ format, reason, done, total, size, askedAt, expiresAt, ...row }) => ({
    ...row,
    format: format as ExportFormat,
    reason: reason as AuditReason | null,
    done: Number(done),
    total: total === null ? null : Number(total),
    size: Number(size),
    askedAt: askedAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  }));
}

/** The ids of the actor's exports that wait or run: what the console looks out for. To whoever may not export there are none. */
export async function exportsUnderWay(actor: Actor): Promise<string[]> {
  if (!can(actor, 'audit.export')) return [];
  const where = { ownerId: actor.userId, state: { in: ['queued' as const, 'running' as const] } };
  return (await db().auditExport.findMany({ where, select: { id: true } })).map(({ id }) => id);
}

/**
 * How many events the filters of the page's address show, counted up to LARGE and not for long; dates are those of `timeZone`. Refuses
 * `not_found`.
 */
export async function exportSize(actor: Actor, query: AuditQuery, timeZone: string): Promise<ExportSize> {
  authorize(actor, 'audit.export');
  const { filters, problems } = parseAuditQuery({ ...query, cursor: '', id: '' }, timeZone);
  const { resolved } = Object.keys(problems).length === 0 ? await resolveFilters(actor, filters) : {};
  if (!resolved) return null;
  const count = await countWithin(stretchSql(resolved, undefined, LARGE + 1), PATIENCE);
  return count === null ? null : { count: Math.min(count, LARGE), more: count > LARGE };
}
