import { describe, expect, test } from 'vitest';
import { barsFor, DAYS_KEPT } from '@/lib/audit/activity-bars';

const now = new Date('2026-06-15T12:34:56Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (text: string) => new Date(`2026-${text}Z`);

const shape = (range: Parameters<typeof barsFor>[0], zone = 'UTC') => {
  const bars = barsFor(range, now, zone);
  return bars && [bars.unit, bars.step, bars.starts.length, bars.starts[0]?.toISOString(), bars.end.toISOString()];
};

describe('the bars', () => {
  test.each([
    ['an hour', HOUR, ['minute', 1, 61, '2026-06-15T11:34:00.000Z', '2026-06-15T12:35:00.000Z']],
    ['a day', DAY, ['minute', 1, 97, '2026-06-14T12:30:00.000Z', '2026-06-15T12:45:00.000Z']],
    ['a week', 7 * DAY, ['hour', 60, 169, '2026-06-08T12:00:00.000Z', '2026-06-15T13:00:00.000Z']],
    ['a month', 30 * DAY, ['day', 60, 31, '2026-05-16T00:00:00.000Z', '2026-06-16T00:00:00.000Z']],
  ])('of %s back from now', (_, within, expected) => {
    expect(shape({ within })).toEqual(expected);
  });

  test('are those of a month where no range is set', () => {
    expect(shape({})).toEqual(shape({ within: 30 * DAY }));
    expect(shape({ until: at('05-10T00:00:00') })).toEqual(['day', 60, 30, '2026-04-10T00:00:00.000Z', '2026-05-10T00:00:00.000Z']);
  });

  test('of a range long ago are hours: its minutes are gone', () => {
    expect(shape({ from: at('06-01T10:10:00'), until: at('06-01T11:10:00') })).toEqual([
      ...['hour', 60, 2, '2026-06-01T10:00:00.000Z', '2026-06-01T12:00:00.000Z'],
    ]);
  });

  test('are days of the zone, with 23 and 25 hours where the clocks change', () => {
    const bars = barsFor({ from: at('03-20T12:00:00'), until: at('04-10T12:00:00') }, now, 'Europe/Amsterdam');
    const lengths = bars?.starts.map((start, n) => (Number(bars.starts[n + 1] ?? bars.end) - Number(start)) / HOUR);
    expect(lengths?.filter((hours) => hours !== 24)).toEqual([23]);
    expect(shape({ within: 30 * DAY }, 'Asia/Kolkata')?.slice(3)).toEqual(['2026-05-15T19:00:00.000Z', '2026-06-15T19:00:00.000Z']);
  });

  test('of a hundred years are some of what is kept, and none of a range before that or to come', () => {
    const bars = barsFor({ from: new Date('1930-01-01'), until: new Date('2930-01-01') }, now, 'UTC');
    expect(bars?.starts.length).toBeLessThan(105);
    expect(Number(now) - Number(bars?.starts[0])).toBeLessThanOrEqual((DAYS_KEPT + 1) * DAY);
    expect(shape({ from: new Date('1930-01-01'), until: new Date('1931-01-01') })).toBeNull();
    expect(shape({ from: new Date('2030-01-01') })).toBeNull();
    expect(shape({ within: HOUR, until: at('06-01T00:00:00') })).toBeNull();
  });

  test('say when the range began before them; without one they do not know', () => {
    const isCut = (range: Parameters<typeof barsFor>[0]) => barsFor(range, now, 'UTC')?.isCut;
    expect(isCut({ from: new Date('1930-01-01') })).toBe(true);
    expect(isCut({ from: new Date(Number(now) - (DAYS_KEPT + 1) * DAY) })).toBe(true);
    expect(isCut({ from: new Date(Number(now) - (DAYS_KEPT - 1) * DAY) })).toBe(false);
    expect(isCut({ within: 30 * DAY })).toBe(false);
    expect(isCut({})).toBeNull();
  });

  test('cover every range, one after the other', () => {
    for (let hours = 1; hours < 9600; hours = Math.ceil(hours * 1.3)) {
      for (const zone of ['UTC', 'America/New_York', 'Pacific/Auckland']) {
        const bars = barsFor({ within: hours * HOUR }, now, zone);
        const starts = bars?.starts.map(Number) ?? [];
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
        expect(starts[0]).toBeLessThanOrEqual(Number(now) - hours * HOUR);
        expect(Number(bars?.end)).toBeGreaterThanOrEqual(Number(now));
        expect(starts.length).toBeLessThan(200);
      }
    }
  });
});
