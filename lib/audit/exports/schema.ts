import { z } from 'zod';
import { type AuditReason, auditQuery, type ExportFormat, exportFormat } from '@/lib/audit/schema';

export type ExportState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** An export that is made in the background, or was, as its owner sees it. Moments are ISO 8601 in UTC. */
export type ExportRow = {
  id: string;
  state: ExportState;
  format: ExportFormat;
  fileName: string;
  /** The filters, as in the page's address. */
  query: string;
  /** Events that are in it, and of how many; null: that took too long to count. */
  done: number;
  total: number | null;
  /** Bytes of the file, so far. */
  size: number;
  /** Why it failed. */
  reason: AuditReason | null;
  askedAt: string;
  /** When it is deleted; null while it is not made. */
  expiresAt: string | null;
};

/** How many events an export would have, or more than that; null: they could not be counted in a moment. */
export type ExportSize = { count: number; more: boolean } | null;

export const exportSizeInput = z.strictObject({ query: auditQuery });

/** How many leaves some kept checkpoints state, with spaces between: an export with proofs shows that its log continues them. */
export const earlierSizes = z.string().regex(/^(?:\d{1,18}(?: \d{1,18}){0,19})?$/);

/** As numbers; none for none. */
export function readSizes(text: string | null | undefined): bigint[] {
  return text ? text.split(' ').map(BigInt) : [];
}

export const beginExportInput = z.strictObject({ query: auditQuery, format: exportFormat, earlier: earlierSizes.optional() });

export const exportIdInput = z.strictObject({ id: z.guid() });

export const listExportsInput = z.strictObject({});
