import { z } from 'zod';
import {
  type AuditProblem,
  type AuditProblems,
  type AuditQuery,
  type AuditRange,
  type AuditReason,
  type EventFilter,
  type EventKind,
  eventName,
  LONGEST_FILTER,
  type Outcome,
} from '@/lib/audit/schema';
import { auditRanges, auditReasons, eventGroups, eventKinds, outcomes } from '@/lib/audit/values';
import { networkText, readNetwork } from '@/lib/networks';
import { spanOf, wallAt } from '@/lib/wall-time';

/** Where a page begins: just before `id` (older events) or just after it (newer ones). */
export type AuditCursor = { id: string; newer: boolean };

/** What the log is asked for. Everything that is set must hold. */
export type AuditFilters = {
  /** Part of a name or e-mail address, or an id: of who did it, whom it concerns, or the token. */
  q?: string;
  kind?: EventKind;
  event?: EventFilter;
  /** A user's id, or part of a name or e-mail address; "system" without quotes: Latchkey itself. */
  actor?: string;
  /** The same, of somebody else whom it concerns. */
  target?: string;
  /** A token's id, or part of its name. */
  token?: string;
  outcome?: Outcome;
  reason?: AuditReason;
  /** An address or a CIDR range. */
  ip?: string;
  /** The id of a request, or of an event. */
  request?: string;
  from?: Date;
  /** Exclusive. */
  until?: Date;
  /** Milliseconds back from the database's now. */
  within?: number;
  cursor?: AuditCursor;
};

/**
 * Makes sense of what the URL says; local dates are those of `timeZone`, which zoneOf() gives. What cannot be understood is named in
 * `problems` and never left out silently: evidence that looks filtered must be filtered.
 */
export function parseAuditQuery(query: AuditQuery, timeZone: string): { filters: AuditFilters; problems: AuditProblems } {
  const problems: AuditProblems = {};
  const take = <T>(field: keyof AuditProblems, problem: AuditProblem, parse: (text: string) => T | undefined): T | undefined => {
    const text = query[field].trim();
    const value = text === '' ? undefined : parse(text);
    if (text !== '' && value === undefined) problems[field] = problem;
    return value;
  };
  const filters: AuditFilters = {
    q: take('q', 'too_long', shortEnough),
    kind: take('kind', 'kind_unknown', (text) => eventKinds.find((one) => one === text)),
    event: take('event', 'event_unknown', parseEvent),
    actor: take('actor', 'too_long', shortEnough),
    target: take('target', 'too_long', shortEnough),
    token: take('token', 'too_long', shortEnough),
    outcome: take('outcome', 'outcome_unknown', (text) => outcomes.find((one) => one === text)),
    reason: take('reason', 'reason_unknown', (text) => reasons.find((one) => one === text)),
    request: take('request', 'request_invalid', (text) => REQUEST_ID.exec(text)?.[0]),
    ip: take('ip', 'ip_invalid', parseNetwork),
    from: take('from', 'date_invalid', (text) => parseMoment(text, timeZone)?.start),
    until: take('to', 'date_invalid', (text) => parseMoment(text, timeZone)?.end),
    within: take('range', 'range_unknown', (text) => (Object.hasOwn(auditRanges, text) ? auditRanges[text as AuditRange] : undefined)),
    cursor: take('cursor', 'cursor_invalid', parseCursor),
  };
  take('zone', 'zone_unknown', (text) => (isUtc(text) ? text : undefined));
  if (filters.from && filters.until && filters.until <= filters.from) problems.to = 'ends_before_start';
  return { filters, problems };
}

/** The zone of a log's dates: UTC where the URL says so, else the person's `own`. */
export function zoneOf({ zone }: Pick<AuditQuery, 'zone'>, own: string): string {
  return isUtc(zone.trim()) ? 'UTC' : own;
}

function isUtc(text: string): boolean {
  return text.toUpperCase() === 'UTC';
}

function shortEnough(text: string): string | undefined {
  return text.length > LONGEST_FILTER ? undefined : text;
}

function parseEvent(text: string): EventFilter | undefined {
  const group = eventGroups.find((one) => text === `${one}.*`);
  return group ? `${group}.*` : eventName.safeParse(text).data;
}

const reasons = Object.values(auditReasons).flat();

// What the front door makes or takes over from a trusted proxy.
const REQUEST_ID = /^[\w.-]{8,64}$/;

const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** An IPv4 or IPv6 address or CIDR range; IPv4 written as IPv6 (RFC 4291, 2.5.5.2) as what it is, which is how the log keeps it. */
function parseNetwork(text: string): string | undefined {
  const known = network.safeParse(text).data;
  if (!known?.includes(':')) return known;
  const read = readNetwork(known);
  const range = 'problem' in read && read.problem === 'host_bits' ? readNetwork(read.network) : read;
  if ('problem' in range || range[0].kind() !== 'ipv4') return known;
  return known.includes('/') ? networkText(range) : range[0].toString();
}

const cursor = z.guid();

function parseCursor(text: string): AuditCursor | undefined {
  const newer = text.startsWith('newer-');
  const id = cursor.safeParse(newer ? text.slice('newer-'.length) : text).data;
  return id ? { id, newer } : undefined;
}

/** How a cursor stands in the URL. */
export function cursorText({ id, newer }: AuditCursor): string {
  return newer ? `newer-${id}` : id;
}

// A "+" that was not encoded arrives as a space.
const MOMENT = /^([1-9]\d{3})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+ -]\d\d:?\d\d)?)?$/i;

/**
 * An RFC 3339 moment, a local date-time or a date; local ones are of `timeZone`. Gives its first moment and the one
 * after its last: a date covers its day, a minute its minute, both times where it comes twice. A time that summer time skips is the moment at
 * which the clocks are put forward. Nothing for 30 February.
 */
export function parseMoment(text: string, timeZone: string): { start: Date; end: Date } | undefined {
  const match = MOMENT.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)] as const;
  const milliseconds = Number((fraction ?? '').padEnd(3, '0'));
  if (!isOnCalendar(parts)) return undefined;
  const shift = offset ? offsetMinutes(offset) : undefined;
  if (Number.isNaN(shift)) return undefined;
  const at = ([y, m, d, h, min, s]: Wall, ms: number) => {
    const wall = Date.UTC(y, m, d, h, min, s, ms);
    return shift === undefined ? spanOf(wall, timeZone) : { first: wall - shift * 60_000, last: wall - shift * 60_000 };
  };
  const [y, m, d] = parts;
  const { first: start, last } = at(parts, milliseconds);
  if (hour === undefined) return { start: new Date(start), end: new Date(at([y, m, d + 1, 0, 0, 0], 0).first) };
  // A time that never was has no length.
  const isSkipped = shift === undefined && wallAt(start, timeZone) !== Date.UTC(...parts, milliseconds);
  const end = isSkipped ? start : last + (fraction ? 1 : second ? 1000 : 60_000);
  return { start: new Date(start), end: new Date(end) };
}

/** What a date and time input shows for "From" (`start`) or "To" (`end`): the clocks of `timeZone`; empty for what is no moment. */
export function wallText(text: string, edge: 'start' | 'end', timeZone: string): string {
  const moment = parseMoment(text, timeZone);
  if (!moment) return '';
  const at = edge === 'start' ? moment.start.getTime() : moment.end.getTime() - 1;
  const shown = new Date(wallAt(at, timeZone)).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
  const isWholeMinute = moment[edge].getTime() % 60_000 === 0;
  return isWholeMinute ? shown.slice(0, -':SS'.length) : shown;
}

type Wall = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number];

function isOnCalendar(parts: Wall): boolean {
  const date = new Date(Date.UTC(...parts));
  const back = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  return parts.every((part, i) => part === back[i]);
}

/** Minutes east of UTC; NaN for an offset that no place has. */
function offsetMinutes(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
