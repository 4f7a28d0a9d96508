import { newId } from '@/lib/id';

/** A row by its columns' names, as PostgreSQL's json_populate_recordset() takes it. Moments are ISO 8601. */
export type Row = Record<string, string | number | boolean | null | string[] | object>;

/** What every event has; the rest is null. */
export type EventParts = { at: number; event: string; actor_type: 'user' | 'token' | 'system' } & Row;

/** An event of the log, refused when it has a reason. */
export function eventRow(parts: EventParts): Row {
  const id = newId(parts.at);
  return {
    count: 1,
    outcome: parts.reason ? 'refused' : 'ok',
    request_id: parts.actor_type === 'token' ? null : newId(parts.at),
    ...parts,
    id,
    at: iso(parts.at),
  };
}

/** A moment as rows have it. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}
