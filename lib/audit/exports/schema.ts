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

export const beginExportInput = z.strictObject({ query: auditQuery, format: exportFormat });

export const exportIdInput = z.strictObject({ id: z.guid() });

export const listExportsInput = z.strictObject({});
