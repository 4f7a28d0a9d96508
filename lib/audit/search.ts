import { auditReasons, eventGroups, eventKinds, eventNames, outcomes, searchNames } from '@/lib/audit/values';

// Runs in the browser: no zod, no ipaddr.js. What it lets through is parsed again by parseAuditQuery().

export type SearchName = (typeof searchNames)[number];

/** What the words in the search bar set, or the first of them that makes no sense. */
export type SearchResult = { change: Partial<Record<SearchName, string>>; problem?: undefined } | { problem: SearchProblem };

export type SearchProblem = {
  code:
    | 'kind_unknown'
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

/**
 * A piece of what was typed: a filter's name with its value, or (without a name) free text. `isQuoted`: it stood in quotes, so that it is no more
 * than text.
 */
export type SearchPart = { name: SearchName | null; value: string; start: number; isQuoted: boolean };

const NAME = new RegExp(`(${searchNames.join('|')}):`, 'iy');
// One that is not closed yet reaches to the end.
const QUOTED = /"([^"]*)(?:"(?=\s|$)|$)/y;
const LONGEST = 1000;

/**
 * What was typed, in pieces: a value goes up to the next filter's name, so that names of people need no quotes. What stands in quotes is one
 * value, whatever is in it.
 */
export function partsOf(text: string): SearchPart[] {
  const parts: SearchPart[] = [];
  let current: SearchPart | undefined;
  const begin = (name: SearchName | null, start: number) => {
    current = { name, value: '', start, isQuoted: false };
    parts.push(current);
    return current;
  };
  for (let at = 0, length = 1; at < text.length; at += length) {
    const isEmpty = !current?.value.trim();
    const isWord = at === 0 || /\s/.test(text.charAt(at - 1));
    const name = isWord ? matchAt(NAME, text, at) : null;
    const quoted = isWord || isEmpty ? matchAt(QUOTED, text, at) : null;
    const next = (name ?? quoted)?.[0] ?? text.charAt(at);
    length = next.length;
    if (name) begin(name[1]?.toLowerCase() as SearchName, at);
    else if (quoted && isEmpty) {
      Object.assign(current ?? begin(null, at), { value: quoted[1] ?? '', isQuoted: true });
      current = undefined;
    } else if (current || next.trim()) (current ?? begin(null, at)).value += next;
  }
  return parts.map((part) => ({ ...part, value: part.value.trim() }));
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Makes sense of what was typed or pasted, all of it or nothing. */
export function readSearch(text: string): SearchResult {
  const change: Partial<Record<SearchName, string>> = {};
  for (const { name: given, value, isQuoted } of partsOf(text)) {
    if (value.length > LONGEST) return { problem: { code: 'too_long', text: `${value.slice(0, 40)}…` } };
    if (!given && !isQuoted && isUnknownFilter(value)) return { problem: { code: 'name_unknown', text: value.split(':')[0] ?? '' } };
    const name = given ?? (isQuoted ? 'q' : guess(value));
    if (value === '') return { problem: { code: 'value_missing', text: name } };
    if (change[name] !== undefined) return { problem: { code: 'twice', text: name } };
    const code = problemOf(name, value);
    if (code) return { problem: { code, text: value } };
    // Without its quotes it would be no name.
    change[name] = name === 'actor' && isQuoted && isSystem(value) ? `"${value}"` : value;
  }
  return { change };
}

/** A filter as one types it. */
export function searchText(name: SearchName, value: string): string {
  return `${name}:${/\s/.test(value) && !value.includes('"') ? `"${value}"` : value}`;
}

/** As an actor: what nobody did, but Latchkey by itself. In quotes it is a name. */
export function isSystem(text: string): boolean {
  return text.toLowerCase() === 'system';
}

/** "foo:bar", but no address with colons. */
export function isUnknownFilter(text: string): boolean {
  return /^[a-z_]+:/i.test(text) && !isNetwork(text);
}

/** What free text most likely is: an address, an id, an event; else part of the name of a person or a token. */
export function guess(text: string): SearchName {
  if (isNetwork(text)) return 'ip';
  if (UUID.test(text)) return 'request';
  return isEvent(text) ? 'event' : 'q';
}

function isEvent(text: string): boolean {
  return eventNames.some((name) => name === text) || eventGroups.some((group) => text === `${group}.*`);
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const REQUEST = /^[\w.-]{8,64}$/;
const reasons: readonly string[] = Object.values(auditReasons).flat();

function problemOf(name: SearchName, value: string): SearchProblem['code'] | undefined {
  if (name === 'kind' && !eventKinds.some((one) => one === value)) return 'kind_unknown';
  if (name === 'event' && !isEvent(value)) return 'event_unknown';
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

/** What stands between the quotes of a text that is all in quotes; else the text. */
export function unquoted(text: string): string {
  return /^"([^"]*)"?$/.exec(text)?.[1]?.trim() || text;
}
