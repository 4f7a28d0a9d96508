import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { instantOf } from '@/components/tokens/wall-time';
import { parseMoment, wallText } from '@/lib/audit/filters';
import { momentsOf, wallAt } from '@/lib/wall-time';

const zones = [
  'UTC',
  'Europe/Amsterdam',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Havana',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
];

/** As ISO 8601, what clocks in a zone show by Intl alone. */
const shown = (at: number, zone: string) =>
  new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at).replace(' ', 'T');

const own = process.env.TZ;
afterEach(() => {
  if (own === undefined) delete process.env.TZ;
  else process.env.TZ = own;
});

test('a time on the clocks is every moment at which they show it, and no other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 * 365 * 1440 }), fc.constantFrom(...zones), (minute, zone) => {
      const at = Date.UTC(2000, 0, 1) + minute * 60_000;
      expect(new Date(wallAt(at, zone)).toISOString()).toBe(`${shown(at, zone)}.000Z`);
      const moments = momentsOf(wallAt(at, zone), zone);
      expect(moments).toContain(at);
      for (const one of moments) expect(shown(one, zone)).toBe(shown(at, zone));
      expect(moments).toEqual([...new Set(moments)].sort((a, b) => a - b));
    }),
    { numRuns: 2000 },
  );
});

describe.each(['UTC', 'Europe/Amsterdam', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe'])(
  'in a process of the zone %s',
  (tz) => {
    const span = (text: string, zone: string) => {
      process.env.TZ = tz;
      const { start, end } = parseMoment(text, zone) ?? {};
      return [start?.toISOString(), end?.toISOString()];
    };

    test.each([
      // Clocks are put back at 03:00: what comes twice is taken in twice.
      ['2026-10-25T02:30', 'Europe/Amsterdam', '2026-10-25T00:30:00.000Z', '2026-10-25T01:31:00.000Z'],
      ['2026-10-25T02:30:10', 'Europe/Amsterdam', '2026-10-25T00:30:10.000Z', '2026-10-25T01:30:11.000Z'],
      ['2026-10-25T03:00', 'Europe/Amsterdam', '2026-10-25T02:00:00.000Z', '2026-10-25T02:01:00.000Z'],
      ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z', '2026-11-01T06:31:00.000Z'],
      ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z', '2026-04-04T15:16:00.000Z'],
      // And forward at 02:00: what is skipped is the moment at which that happens.
      ['2026-03-29T02:30', 'Europe/Amsterdam', '2026-03-29T01:00:00.000Z', '2026-03-29T01:00:00.000Z'],
      ['2026-03-29T03:00', 'Europe/Amsterdam', '2026-03-29T01:00:00.000Z', '2026-03-29T01:01:00.000Z'],
      ['2026-03-08T02:00', 'America/New_York', '2026-03-08T07:00:00.000Z', '2026-03-08T07:00:00.000Z'],
      // A day that begins at 01:00, one whose last hour comes twice, and one that never was.
      ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z'],
      ['2026-04-04', 'America/Santiago', '2026-04-04T03:00:00.000Z', '2026-04-05T04:00:00.000Z'],
      ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
      ['2026-10-25T02:30Z', 'Europe/Amsterdam', '2026-10-25T02:30:00.000Z', '2026-10-25T02:31:00.000Z'],
    ])('%s in %s reaches from %s to just before %s', (text, zone, start, end) => {
      expect(span(text, zone)).toEqual([start, end]);
    });

    test('an expiration of one’s own is the first of two, and none of an hour that is skipped', () => {
      process.env.TZ = tz;
      expect(instantOf('2026-10-25', '02:30', 'Europe/Amsterdam')).toBe('2026-10-25T00:30:00.000Z');
      expect(instantOf('2026-10-25', '02:30', 'Europe/Amsterdam', 'last')).toBe('2026-10-25T01:30:00.000Z');
      expect(instantOf('2026-03-29', '02:30', 'Europe/Amsterdam')).toBeNull();
      expect(wallText('2026-10-25T00:30Z', 'start', 'Europe/Amsterdam')).toBe('2026-10-25T02:30');
    });
  },
);
