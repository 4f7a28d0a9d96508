import { describe, expect, test } from 'vitest';
import { bucketsOf, lastDays } from '@/lib/usage/buckets';

const iso = (dates: Date[]) => dates.map((date) => date.toISOString().slice(0, 16));

describe('hours', () => {
  test('are the last 24 with the current one, and the range before has as many', () => {
    const { unit, starts, before } = bucketsOf('24h', new Date('2026-06-02T10:20:00Z'), 'Europe/Amsterdam');
    expect(unit).toBe('hour');
    expect([starts.length, ...iso([starts[0] as Date, starts[23] as Date, before])]).toEqual([
      24,
      '2026-06-01T11:00',
      '2026-06-02T10:00',
      '2026-05-31T11:00',
    ]);
  });

  test('go on evenly where the clocks change', () => {
    const { starts } = bucketsOf('24h', new Date('2026-10-25T12:00:00Z'), 'Europe/Amsterdam');
    expect(new Set(starts.slice(1).map((start, n) => start.getTime() - (starts[n] as Date).getTime()))).toEqual(new Set([3_600_000]));
  });
});

describe('days', () => {
  test.each([
    ['UTC', '2026-06-02T00:00:00Z', ['2026-06-01T00:00', '2026-06-02T00:00']],
    ['UTC', '2026-06-01T23:59:59Z', ['2026-05-31T00:00', '2026-06-01T00:00']],
    ['Europe/Amsterdam', '2026-06-01T22:00:00Z', ['2026-05-31T22:00', '2026-06-01T22:00']],
    ['America/Los_Angeles', '2026-06-02T06:59:00Z', ['2026-05-31T07:00', '2026-06-01T07:00']],
    ['Pacific/Kiritimati', '2026-06-01T10:00:00Z', ['2026-05-31T10:00', '2026-06-01T10:00']],
    ['Pacific/Pago_Pago', '2026-06-01T10:00:00Z', ['2026-05-30T11:00', '2026-05-31T11:00']],
    // Half past: a day begins with the first full hour of it.
    ['Asia/Kolkata', '2026-06-01T19:00:00Z', ['2026-05-31T19:00', '2026-06-01T19:00']],
    // 25 and 23 hours.
    ['Europe/Amsterdam', '2026-10-26T12:00:00Z', ['2026-10-24T22:00', '2026-10-25T23:00']],
    ['Europe/Amsterdam', '2026-03-30T12:00:00Z', ['2026-03-28T23:00', '2026-03-29T22:00']],
    // A day without midnight.
    ['Africa/Cairo', '2026-04-24T12:00:00Z', ['2026-04-22T22:00', '2026-04-23T22:00']],
  ])('of %s at %s', (zone, now, expected) => {
    expect(iso(lastDays(expected.length, new Date(now), zone))).toEqual(expected);
  });
});
