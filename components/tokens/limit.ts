import type { ActionError } from '@/lib/action';
import type { TokenLimit, TokenQuota } from '@/lib/tokens/schema';

type Window = TokenLimit['windowSeconds'];

/** The windows that the field offers, in seconds, by the name of their words. */
export const windows = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const satisfies Record<string, Window>;

export type WindowName = keyof typeof windows;

/** The server knows the same. */
const MOST = 1_000_000;

/** The name of a window; a minute for a token without a limit. */
export function windowName(limit: TokenLimit | null): WindowName {
  const names = Object.keys(windows) as WindowName[];
  return names.find((name) => windows[name] === limit?.windowSeconds) ?? 'minute';
}

/** The server knows the same. */
const MOST_IN_PERIOD = 1_000_000_000;

/** What is typed into the field of a number: null for nothing, undefined for what is no number of requests. */
function requestsFrom(typed: string, most: number): number | null | undefined {
  const text = typed.trim();
  if (text === '') return null;
  const requests = Number(text);
  return /^\d+$/.test(text) && requests >= 1 && requests <= most ? requests : undefined;
}

/** What is typed into the field: a limit, null for none, or undefined for what is no number of requests. */
export function limitFrom(typed: string, window: WindowName): TokenLimit | null | undefined {
  const requests = requestsFrom(typed, MOST);
  return requests ? { requests, windowSeconds: windows[window] } : (requests as null | undefined);
}

/** The limit that a form asks for, or the refusal that it deserves before it is sent. */
export function readLimit(fields: FormData): { value: TokenLimit | null } | { error: ActionError } {
  const value = limitFrom(String(fields.get('limit') ?? ''), (fields.get('limitWindow') ?? 'minute') as WindowName);
  if (value === undefined) return { error: { code: 'invalid_input', field: 'limit', rule: 'limit_invalid' } };
  return { value };
}

/** What is typed into the field: a quota, null for none, or undefined for what is no number of requests. */
export function quotaFrom(typed: string, period: TokenQuota['period']): TokenQuota | null | undefined {
  const requests = requestsFrom(typed, MOST_IN_PERIOD);
  return requests ? { requests, period } : (requests as null | undefined);
}

/** The quota that a form asks for, or the refusal that it deserves before it is sent. */
export function readQuota(fields: FormData): { value: TokenQuota | null } | { error: ActionError } {
  const value = quotaFrom(String(fields.get('quota') ?? ''), (fields.get('quotaPeriod') ?? 'month') as TokenQuota['period']);
  if (value === undefined) return { error: { code: 'invalid_input', field: 'quota', rule: 'quota_invalid' } };
  return { value };
}
