import { auditReasons, eventNames, outcomes, searchNames } from '@/lib/audit/values';

// Runs in the browser: no zod, no ipaddr.js. What it lets through is parsed again by parseAuditQuery().

export type SearchName = (typeof searchNames)[number];

/** What the words in the search bar set, or the first of them that makes no sense. */
export type SearchResult = { change: Partial<Record<SearchName, string>>; problem?: undefined } | { problem: SearchProblem };

export type SearchProblem = {
  code:
    | 'event_unknown'
    | 'outcome_unknown'
    | 'reason_unknown'
    | 'ip_invalid'
    | 'request_invalid'
    | 'name_unknown'
    | 'value_missing'
    | 'twice'
    | 'too_long';
  text: string;
};

/** A piece of what was typed: a filter's name with its value, or (without a name) free text. */
export type SearchPart = { name: SearchName | null; value: string; start: number };

const NAMES = new RegExp(`(?<![^\\s])(${searchNames.join('|')}):`, 'gi');
const LONGEST = 1000;

/** What was typed, in pieces: a value goes up to the next filter's name, so that names of people need no quotes. */
export function partsOf(text: string): SearchPart[] {
  const found = [...text.matchAll(NAMES)];
  const free = text.slice(0, found[0]?.index ?? text.length);
  const parts: SearchPart[] = free.trim() ? [{ name: null, value: free.trim(), start: 0 }] : [];
  found.forEach((match, n) => {
    const value = text.slice(match.index + match[0].length, found[n + 1]?.index ?? text.length).trim();
    parts.push({ name: match[1]?.toLowerCase() as SearchName, value: unquoted(value), start: match.index });
  });
  return parts;
}

/** Makes sense of what was typed or pasted, all of it or nothing. */
export function readSearch(text: string): SearchResult {
  const change: Partial<Record<SearchName, string>> = {};
  for (const { name: given, value } of partsOf(text)) {
    if (value.length > LONGEST) return { problem: { code: 'too_long', text: `${value.slice(0, 40)}…` } };
    if (!given && isUnknownFilter(value)) return { problem: { code: 'name_unknown', text: value.split(':')[0] ?? '' } };
    const name = given ?? guess(value);
    if (value === '') return { problem: { code: 'value_missing', text: name } };
    if (change[name] !== undefined) return { problem: { code: 'twice', text: name } };
    const code = problemOf(name, value);
    if (code) return { problem: { code, text: value } };
    change[name] = value;
  }
  return { change };
}

/** "foo:bar", but no address with colons. */
export function isUnknownFilter(text: string): boolean {
  return /^[a-z_]+:/i.test(text) && !isNetwork(text);
}

/** What free text most likely is: an address, an id, an event; else part of a token's name. */
export function guess(text: string): SearchName {
  if (isNetwork(text)) return 'ip';
  if (UUID.test(text)) return 'request';
  return eventNames.some((name) => name === text) ? 'event' : 'token';
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const REQUEST = /^[\w.-]{8,64}$/;
const reasons: readonly string[] = Object.values(auditReasons).flat();

function problemOf(name: SearchName, value: string): SearchProblem['code'] | undefined {
  if (name === 'event' && !eventNames.some((one) => one === value)) return 'event_unknown';
  if (name === 'outcome' && !outcomes.some((one) => one === value)) return 'outcome_unknown';
  if (name === 'reason' && !reasons.includes(value)) return 'reason_unknown';
  if (name === 'ip' && !isNetwork(value)) return 'ip_invalid';
  if (name === 'request' && !REQUEST.test(value)) return 'request_invalid';
  return undefined;
}

/** An IPv4 or IPv6 address or CIDR range. */
export function isNetwork(text: string): boolean {
  const [, address = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (V4.test(address)) return Number(length ?? 0) <= 32;
  return address.includes(':') && !/[[\]]/.test(address) && URL.canParse(`http://[${address}]/`) && Number(length ?? 0) <= 128;
}

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

function unquoted(text: string): string {
  return /^"([^"]*)"?$/.exec(text)?.[1]?.trim() ?? text;
}
