import type { ActionResult } from '@/lib/action';
import type { ExportRow, ExportState } from '@/lib/audit/exports/schema';

export type ReadExports = (input: Record<string, never>) => Promise<ActionResult<ExportRow[]>>;

/** The server actions of the page of exports. */
export type ExportActions = {
  read: ReadExports;
  cancel: (input: { id: string }) => Promise<ActionResult<void>>;
  delete: (input: { id: string }) => Promise<ActionResult<void>>;
};

/** What can be decided about an export. */
export type Decision = 'cancel' | 'delete';

/** Whether something will still become of it. */
export function isUnderWay({ state }: { state: ExportState }): boolean {
  return state === 'queued' || state === 'running';
}
