import type { ActionResult } from '@/lib/action';
import type { AuditQuery, EventContext, NewerEvents } from '@/lib/audit/schema';

/** What the page of the log reads besides itself. */
export type AuditActions = {
  context: (input: { id: string }) => Promise<ActionResult<EventContext>>;
  newer: (input: { query: AuditQuery; since: string }) => Promise<ActionResult<NewerEvents>>;
};
