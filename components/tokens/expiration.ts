import { instantOf } from '@/components/tokens/wall-time';
import type { ActionError } from '@/lib/action';
import type { Expiration } from '@/lib/tokens/schema';

/** The presets of the field, in days; the server knows the same. */
export const presetDays = [7, 30, 60, 90, 365] as const satisfies Extract<Expiration, { kind: 'days' }>['days'][];

/** What the field's select holds: a number of days, or one of two words. */
export type Choice = `${(typeof presetDays)[number]}` | 'custom' | 'never';

export const DAY = 86_400_000;

/** The moment that a choice means, `null` for never, or what is wrong with it. */
export function momentOf(choice: Choice, date: string, time: string, zone: string, now: Date): Date | null | ActionError {
  if (choice === 'never') return null;
  if (choice !== 'custom') return new Date(now.getTime() + Number(choice) * DAY);
  if (!date) return { code: 'invalid_input', field: 'date', rule: 'required' };
  if (!time) return { code: 'invalid_input', field: 'time', rule: 'required' };
  const at = instantOf(date, time, zone);
  if (!at) return { code: 'invalid_input', field: 'date', rule: 'date_invalid' };
  return Date.parse(at) <= now.getTime() ? { code: 'expiration_past', field: 'date' } : new Date(at);
}

/** The expiration that a form asks for, or the refusal that it deserves before it is sent. */
export function readExpiration(fields: FormData, zone: string): { value: Expiration } | { error: ActionError } {
  const choice = String(fields.get('expiration')) as Choice;
  if (choice === 'never') return { value: { kind: 'never' } };
  const days = presetDays.find((preset) => String(preset) === choice);
  if (days) return { value: { kind: 'days', days } };
  const moment = momentOf('custom', String(fields.get('date') ?? ''), String(fields.get('time') ?? ''), zone, new Date());
  if (moment instanceof Date) return { value: { kind: 'at', at: moment.toISOString() } };
  return { error: moment ?? { code: 'invalid_input', field: 'expiration' } };
}
