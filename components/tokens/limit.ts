import type { ActionError } from '@/lib/action';
import type { TokenLimit } from '@/lib/tokens/schema';

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

/** What is typed into the field: a limit, null for none, or undefined for what is no number of requests. */
export function limitFrom(typed: string, window: WindowName): TokenLimit | null | undefined {
  const text = typed.trim();
  if (text === '') return null;
  const requests = Number(text);
  if (!/^\d+$/.test(text) || requests < 1 || requests > MOST) return undefined;
  return { requests, windowSeconds: windows[window] };
}

/** The limit that a form asks for, or the refusal that it deserves before it is sent. */
export function readLimit(fields: FormData): { value: TokenLimit | null } | { error: ActionError } {
  const value = limitFrom(String(fields.get('limit') ?? ''), (fields.get('limitWindow') ?? 'minute') as WindowName);
  if (value === undefined) return { error: { code: 'invalid_input', field: 'limit', rule: 'limit_invalid' } };
  return { value };
}
