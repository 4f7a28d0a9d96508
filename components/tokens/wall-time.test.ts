import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf, wallOf } from '@/components/tokens/wall-time';

test.each([
  ['2026-12-05', '14:00', 'Europe/Amsterdam', '2026-12-05T13:00:00.000Z'],
  ['2026-07-05', '14:00', 'Europe/Amsterdam', '2026-07-05T12:00:00.000Z'],
  ['2026-07-05', '14:00', 'UTC', '2026-07-05T14:00:00.000Z'],
  ['2026-07-05', '00:30', 'Asia/Kolkata', '2026-07-04T19:00:00.000Z'],
  ['2028-02-29', '00:00', 'Pacific/Kiritimati', '2028-02-28T10:00:00.000Z'],
])('%s %s in %s is %s', (date, time, zone, instant) => {
  expect(instantOf(date, time, zone)).toBe(instant);
});

test.each([
  ['2027-02-30', '12:00', 'UTC'],
  ['2027-13-01', '12:00', 'UTC'],
  ['2027-01-01', '25:00', 'UTC'],
  ['2027-03-28', '02:30', 'Europe/Amsterdam'],
  ['2027-03-14', '02:30', 'America/New_York'],
  ['', '12:00', 'UTC'],
  ['12027-01-01', '12:00', 'UTC'],
])('%s %s does not exist in %s', (date, time, zone) => {
  expect(instantOf(date, time, zone)).toBeNull();
});

test('what clocks show leads back to the same minute, or to the first of the two hours that look alike', () => {
  const zone = fc.constantFrom('UTC', 'Europe/Amsterdam', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 * 365 * 1440 }), zone, (minute, place) => {
      const at = new Date(Date.UTC(2020, 0, 1) + minute * 60_000);
      const { date, time } = wallOf(at, place);
      const back = Date.parse(instantOf(date, time, place) ?? '');
      expect([0, 30 * 60_000, 60 * 60_000]).toContain(Math.abs(at.getTime() - back));
    }),
  );
});
