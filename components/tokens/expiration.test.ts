import { expect, test } from 'vitest';
import { momentOf, readExpiration } from '@/components/tokens/expiration';

const now = new Date('2026-11-21T12:00:00Z');
const zone = 'Europe/Amsterdam';

function fields(entries: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(entries)) data.set(name, value);
  return data;
}

test('a preset is spelled out as that many days from now', () => {
  expect(momentOf('30', '', '', zone, now)).toEqual(new Date('2026-12-21T12:00:00Z'));
  expect(momentOf('never', '', '', zone, now)).toBeNull();
});

test('a custom moment is read on the clocks of the person, summer time included', () => {
  expect(momentOf('custom', '2027-07-01', '09:00', zone, now)).toEqual(new Date('2027-07-01T07:00:00Z'));
});

test.each([
  ['', '09:00', { code: 'invalid_input', field: 'date', rule: 'required' }],
  ['2027-07-01', '', { code: 'invalid_input', field: 'time', rule: 'required' }],
  ['2027-03-28', '02:30', { code: 'invalid_input', field: 'date', rule: 'date_invalid' }],
  ['2026-11-21', '13:00', { code: 'expiration_past', field: 'date' }],
])('a custom moment that cannot be is refused beside its field: %s %s', (date, time, refusal) => {
  expect(momentOf('custom', date, time, zone, now)).toEqual(refusal);
});

test('a form gives what the server takes', () => {
  expect(readExpiration(fields({ expiration: '7' }), zone)).toEqual({ value: { kind: 'days', days: 7 } });
  expect(readExpiration(fields({ expiration: 'never' }), zone)).toEqual({ value: { kind: 'never' } });
  expect(readExpiration(fields({ expiration: 'custom', date: '9999-12-31', time: '23:59' }), zone)).toEqual({
    value: { kind: 'at', at: '9999-12-31T22:59:00.000Z' },
  });
});

test('a form that was tampered with is refused, not sent', () => {
  expect(readExpiration(fields({ expiration: '31' }), zone)).toEqual({ error: { code: 'invalid_input', field: 'date', rule: 'required' } });
});
