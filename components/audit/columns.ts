import { auditColumns, usualColumns } from '@/lib/audit/values';

export type AuditColumn = (typeof auditColumns)[number];

/** The columns that a URL names, in their own order; what is no column is left out, and of none that is one the usual ones are taken. */
export function readColumns(text: string): readonly AuditColumn[] {
  const named = text.split(',').map((name) => name.trim());
  if (named.includes(NONE)) return [];
  const known = auditColumns.filter((name) => named.includes(name));
  return known.length > 0 ? known : usualColumns;
}

/** As `readColumns` reads it; empty for the usual ones. */
export function columnsText(columns: readonly AuditColumn[]): string {
  if (columns.length === 0) return NONE;
  const isUsual = columns.length === usualColumns.length && usualColumns.every((name) => columns.includes(name));
  return isUsual ? '' : auditColumns.filter((name) => columns.includes(name)).join(',');
}

// The event alone.
const NONE = 'event';
