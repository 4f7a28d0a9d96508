import type { ActionResult } from '@/lib/action';
import type { ExportSize } from '@/lib/audit/exports/schema';
import type { AuditFigures, AuditQuery, AuditSuggestion, EventContext, ExportFormat, NewerEvents } from '@/lib/audit/schema';

/** What the page of the log reads besides itself. */
export type AuditActions = {
  context: (input: { id: string }) => Promise<ActionResult<EventContext>>;
  newer: (input: { query: AuditQuery; since: string }) => Promise<ActionResult<NewerEvents>>;
  figures: (input: { query: AuditQuery }) => Promise<ActionResult<AuditFigures>>;
  suggest: (input: { kind: 'actor' | 'token'; text: string }) => Promise<ActionResult<AuditSuggestion[]>>;
  saveView: (input: { name: string; shared: boolean; query: string }) => Promise<ActionResult<{ id: string }>>;
  updateView: (input: { id: string; query: string }) => Promise<ActionResult<void>>;
  renameView: (input: { id: string; name: string }) => Promise<ActionResult<void>>;
  deleteView: (input: { id: string }) => Promise<ActionResult<void>>;
  exportSize: (input: { query: AuditQuery }) => Promise<ActionResult<ExportSize>>;
  beginExport: (input: { query: AuditQuery; format: ExportFormat; earlier?: string }) => Promise<ActionResult<{ id: string }>>;
};
