import type { ActionResult } from '@/lib/action';
import type { EventContext } from '@/lib/audit/schema';

/** What the page of the log reads besides itself. */
export type AuditActions = {
  context: (input: { id: string }) => Promise<ActionResult<EventContext>>;
};
