import { z } from 'zod';
import { type auditFilterNames, type auditRanges, eventNames, exportFormats, type outcomes } from '@/lib/audit/values';

export type EventName = (typeof eventNames)[number];

/** Why the gate refused. */
export const refusalReasons = [
  'malformed',
  'unknown',
  'expired',
  'deleted',
  'suspended',
  'superseded',
  'owner_disabled',
  'scope',
  'address',
  'rate_limited',
  'replayed',
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

export type Outcome = (typeof outcomes)[number];

/** What changed: field -> [before, after], as JSON. Never a secret. */
export type Changes = Record<string, [before: JsonValue, after: JsonValue]>;

type JsonValue = string | number | boolean | null | JsonValue[];

export const eventName = z.enum(eventNames);

export type AuditRange = keyof typeof auditRanges;

export type AuditFilterName = (typeof auditFilterNames)[number];

// What no filter takes: longer than any of them, so that it is refused rather than left out.
const TOO_LONG = '…';
const typed = z.string().max(1000).catch(TOO_LONG).default('');

/** What the URL of the log says, as it was typed; parseAuditQuery() (filters.ts) makes sense of it. */
export const auditQuery = z.object({
  event: typed,
  actor: typed,
  token: typed,
  outcome: typed,
  ip: typed,
  from: typed,
  to: typed,
  range: typed,
  cursor: typed,
  /** The event whose details are open. */
  id: typed,
});

export type AuditQuery = z.infer<typeof auditQuery>;

/** What the address of an export says besides the filters. */
export const exportFormat = z.enum(exportFormats);

export type ExportFormat = z.infer<typeof exportFormat>;

/** Why a filter cannot be applied. The page says so beside the field, and shows no rows. */
export type AuditProblem =
  | 'event_unknown'
  | 'outcome_unknown'
  | 'ip_invalid'
  | 'date_invalid'
  | 'ends_before_start'
  | 'range_unknown'
  | 'cursor_invalid'
  | 'too_many_people'
  | 'too_many_tokens';

export type AuditProblems = Partial<Record<AuditFilterName | 'cursor', AuditProblem>>;

/** A person or a token of an event; the names are today's. */
export type AuditName = { id: string; name: string };

/** An event as pages and answers show it. Moments are ISO 8601 in UTC. */
export type AuditRow = {
  id: string;
  at: string;
  /** An EventName, unless a newer version wrote it. */
  event: string;
  actorType: 'user' | 'token' | 'system';
  actor: (AuditName & { email: string }) | null;
  /** Somebody else whom it concerns. */
  target: (AuditName & { email: string }) | null;
  token: (AuditName & { hint: string; ownerId: string; deleted: boolean }) | null;
  outcome: Outcome;
  reason: string | null;
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
  request: string | null;
  /** The scopes that a gateway asked for. */
  scopes: string[];
  changes: Changes | null;
  /** More than 1: a flood of equal refusals kept as one event. */
  count: number;
  /** Of an access with a replaced value: which of the token's values, counted from 1. Null: the current one. */
  generation: number | null;
};

export type AuditPage = {
  rows: AuditRow[];
  /** Cursors of the pages beside this one; null at the ends. */
  olderCursor: string | null;
  newerCursor: string | null;
  problems: AuditProblems;
};
