import { z } from 'zod';
import {
  type auditFilterNames,
  type auditRanges,
  type auditReasons,
  type EventGroup,
  type eventKinds,
  eventNames,
  exportFormats,
  type outcomes,
  type refusalReasons,
} from '@/lib/audit/values';
import { line } from '@/lib/text';

export type EventName = (typeof eventNames)[number];

export type EventKind = (typeof eventKinds)[number];

/** One event, or all that are about the same thing. */
export type EventFilter = EventName | `${EventGroup}.*`;

/** Why the gate refused. */
export type RefusalReason = (typeof refusalReasons)[number];

export type AuditReason = (typeof auditReasons)[keyof typeof auditReasons][number];

export type Outcome = (typeof outcomes)[number];

/** What changed: field -> [before, after], as JSON. Never a secret. */
export type Changes = Record<string, [before: JsonValue, after: JsonValue]>;

type JsonValue = string | number | boolean | null | JsonValue[];

export const eventName = z.enum(eventNames);

export type AuditRange = keyof typeof auditRanges;

export type AuditFilterName = (typeof auditFilterNames)[number];

/** Of filters that may be set to an id, what that stands for. */
export type AuditMeanings = Partial<Record<Extract<AuditFilterName, 'q' | 'actor' | 'target' | 'token'>, string>>;

/** As many characters a filter takes. */
export const LONGEST_FILTER = 1000;

// Of what is longer so much that it is still known for it: refused, not left out. The same again when it is read again.
const typed = z
  .string()
  .max(LONGEST_FILTER)
  .catch(({ value }) => {
    const text = typeof value === 'string' ? value.trim() : '…'.repeat(LONGEST_FILTER + 1);
    return text.length > LONGEST_FILTER ? `${text.slice(0, LONGEST_FILTER).replace(/[\uD800-\uDBFF]$/, '…')}…` : text;
  })
  .default('');

/** What the URL of the log says, as it was typed; parseAuditQuery() (filters.ts) makes sense of it. */
export const auditQuery = z.object({
  /** Part of the name of a person or token, or an id, that an event has in any place. */
  q: typed,
  kind: typed,
  event: typed,
  actor: typed,
  target: typed,
  token: typed,
  outcome: typed,
  ip: typed,
  from: typed,
  to: typed,
  range: typed,
  reason: typed,
  /** A request's id, or an event's. */
  request: typed,
  cursor: typed,
  /** "UTC", or the person's own. */
  zone: typed,
  /** Names of columns with commas between; none: the usual ones. */
  columns: typed,
  /** The event whose details are open. */
  id: typed,
  /** The id of the view that was opened; the filters may have changed since. */
  view: typed,
});

export type AuditQuery = z.infer<typeof auditQuery>;

/** What the address of an export says besides the filters. */
export const exportFormat = z.enum(exportFormats);

export type ExportFormat = z.infer<typeof exportFormat>;

/** Why a filter cannot be applied. The page says so beside the field, and shows no rows. */
export type AuditProblem =
  | 'kind_unknown'
  | 'event_unknown'
  | 'outcome_unknown'
  | 'reason_unknown'
  | 'ip_invalid'
  | 'request_invalid'
  | 'date_invalid'
  | 'ends_before_start'
  | 'range_unknown'
  | 'cursor_invalid'
  | 'zone_unknown'
  | 'too_many_people'
  | 'too_many_tokens'
  | 'too_many_matches'
  | 'too_long';

export type AuditProblems = Partial<Record<AuditFilterName | 'cursor' | 'zone', AuditProblem>>;

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

/** How many events fit, on all pages; `more`: at least so many. */
export type AuditTotal = { count: number; more: boolean };

/** How much happened when. Moments are ISO 8601 in UTC. */
export type AuditActivity = {
  /** Of what the bars are made: some minutes, an hour, or one day or more. */
  unit: 'minute' | 'hour' | 'day';
  bars: { start: string; ok: number; refused: number }[];
  /** Where the last bar ends. */
  end: string;
  /** The last bar goes on. */
  isOpen: boolean;
  /** What was asked for, or the log, goes further back than the bars. */
  hasOlder: boolean;
  /** Up to where the log has been added up, when that is more than some seconds ago. */
  behindSince: string | null;
};

/** What a page that goes on shows besides its rows; null as on the page, or where it is not known in time. */
export type AuditFigures = { activity: AuditActivity | null; total: AuditTotal | null };

/** Each bears the name of the reason for which it refuses; a known token without its proof is refused as `malformed`. */
export type GateCheckName = RefusalReason | 'proof';

/** How one of the gate's checks went. */
export type GateCheck = { check: GateCheckName; result: 'passed' | 'failed' | 'not_reached' };

/** What the gate looked at, of a token at one moment. */
export type TokenState = {
  expiresAt: string | null;
  scopes: string[];
  ipAllowList: string[];
  limitRequests: number | null;
  limitWindowSeconds: number | null;
  /** The limit of tokens without one of their own. */
  defaultLimitRequests: number | null;
  defaultLimitWindowSeconds: number | null;
  quotaRequests: number | null;
  quotaPeriod: string | null;
  /** The thumbprint of the key that has to prove who shows it; null: none has to. */
  boundThumbprint: string | null;
  isSuspended: boolean;
  suspendedReason: string | null;
  isDeleted: boolean;
  isOwnerDisabled: boolean;
  /** How many values it had had; the last of them is the current one. */
  generation: number;
};

/** What would let a request like this one pass; `over`: the cause is gone already; `gone`: the token was deleted since. */
export type Advice = { kind: GateCheckName | 'over' | 'gone'; address?: string; network?: string; missing?: string[] };

/** Why a request was refused, as far as the log knows it. */
export type RefusalExplanation = {
  checks: GateCheck[];
  /** Null: a token that nobody knows, or that this person may not see; or one of which `unknown` says why it is not known. */
  was: TokenState | null;
  /** Why the log no longer tells what the token was: what was changed since was taken out of it, or is too much to read. */
  unknown: 'pruned' | 'too_many' | null;
  /** When the value that was shown had been replaced, if it was. */
  replacedAt: string | null;
  /** Until when it worked all the same, as was decided by then; null where nothing was, or it is not known. */
  graceUntil: string | null;
  /** False: the token was being changed in that very moment, so that the log and the gate tell different stories. */
  agrees: boolean;
  advice: Advice | null;
};

/** What an event's details show besides the event. */
export type EventContext = {
  /** Only of an access that was refused. */
  refusal: RefusalExplanation | null;
  /** The others of its request, the newest first; `more`: not all of them. */
  sameRequest: AuditRow[];
  more: boolean;
  /** The token's next and previous ones, the newest first. */
  around: AuditRow[];
};

export const eventContextInput = z.strictObject({ id: z.guid() });

/** A person or token that what somebody types may mean. `detail`: an e-mail address, or a token's hint. */
export type AuditSuggestion = { id: string; name: string; detail: string };

export const suggestionsInput = z.strictObject({ kind: z.enum(['actor', 'token']), text: z.string().max(1000) });

/** What the log's page shows, under a name. */
export type AuditView = {
  id: string;
  name: string;
  shared: boolean;
  /** As in the page's address. */
  query: string;
  isOwn: boolean;
  owner: string;
  /** Whether this person may rename and delete it. */
  mayChange: boolean;
};

const viewName = line(80);

export const saveViewInput = z.strictObject({ name: viewName, shared: z.boolean(), query: z.string().max(20_000, 'too_long') });

export const renameViewInput = z.strictObject({ id: z.guid(), name: viewName });

export const updateViewInput = z.strictObject({ id: z.guid(), query: z.string().max(20_000, 'too_long') });

export const auditViewIdInput = z.strictObject({ id: z.guid() });

/** What came since the log was looked at last; `asOf`: what to ask from the next time. */
export type NewerEvents = { rows: AuditRow[]; asOf: string; more: boolean };

export const newerEventsInput = z.strictObject({ query: auditQuery, since: z.iso.datetime() });

export const liveFiguresInput = z.strictObject({ query: auditQuery });
