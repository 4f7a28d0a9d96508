import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuditQuery, parseMoment, wallText, zoneOf } from '@/lib/audit/filters';
import { type AuditQuery, auditQuery } from '@/lib/audit/schema';
import { auditReasons } from '@/lib/audit/values';
import messages from '@/lib/i18n/messages/en/audit.json';
import { parseFilters, type SearchParams } from '@/lib/url';

const AMSTERDAM = 'Europe/Amsterdam';
const parse = (params: SearchParams, zone = AMSTERDAM) => parseAuditQuery(parseFilters(auditQuery, params), zone);
const span = (text: string, zone = AMSTERDAM) => {
  const moment = parseMoment(text, zone);
  return moment && [moment.start.toISOString(), moment.end.toISOString()];
};

test('nothing in the URL is no filter and no problem', () => {
  expect(parse({})).toEqual({ filters: {}, problems: {} });
  expect(parse({ event: '', ip: '  ', from: '', unknown: 'x' }).problems).toEqual({});
});

test('reasons are those that there are, and a request is named as one', () => {
  for (const reason of ['expired', 'wrong_password', 'cancelled', 'unknown']) expect(parse({ reason }).filters).toEqual({ reason });
  for (const reason of ['Expired', 'nothing', '%', '__proto__']) expect(parse({ reason }).problems).toEqual({ reason: 'reason_unknown' });
  for (const request of ['proxy.made-it_up.1', '0195f3a0-0000-7000-8000-000000000001'])
    expect(parse({ request }).filters).toEqual({ request });
  for (const request of ['short', 'proxy.made-it_up.%', 'a b c d e f', 'x'.repeat(65), 'emoji-🔑-emoji', `${'x'.repeat(9)}\0`])
    expect(parse({ request }).problems).toEqual({ request: 'request_invalid' });
});

test('every reason that has words can be filtered by', () => {
  for (const [group, words] of Object.entries(messages.reasons)) {
    // What a known token lacks that is refused as malformed.
    const reasons = Object.keys(words).filter((reason) => reason !== 'unproven');
    expect(reasons.toSorted(), group).toEqual(auditReasons[group as keyof typeof auditReasons].toSorted());
  }
});

describe('a moment', () => {
  test.each([
    ['2026-12-05T13:00:00.250Z', '2026-12-05T13:00:00.250Z', '2026-12-05T13:00:00.251Z'],
    ['2026-12-05T13:00:00Z', '2026-12-05T13:00:00.000Z', '2026-12-05T13:00:01.000Z'],
    ['2026-12-05T13:00Z', '2026-12-05T13:00:00.000Z', '2026-12-05T13:01:00.000Z'],
    ['2026-12-05t14:00:00+01:00', '2026-12-05T13:00:00.000Z', '2026-12-05T13:00:01.000Z'],
    ['2026-12-05T14:00:00 01:00', '2026-12-05T13:00:00.000Z', '2026-12-05T13:00:01.000Z'],
    ['2026-12-05T08:00:00-0500', '2026-12-05T13:00:00.000Z', '2026-12-05T13:00:01.000Z'],
    ['2026-12-05T14:00', '2026-12-05T13:00:00.000Z', '2026-12-05T13:01:00.000Z'],
    ['2026-12-05 14:00:30', '2026-12-05T13:00:30.000Z', '2026-12-05T13:00:31.000Z'],
    ['2026-12-05', '2026-12-04T23:00:00.000Z', '2026-12-05T23:00:00.000Z'],
    ['2028-02-29', '2028-02-28T23:00:00.000Z', '2028-02-29T23:00:00.000Z'],
    // Days on which clocks are put forward and back have 23 and 25 hours.
    ['2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['2026-12-31', '2026-12-30T23:00:00.000Z', '2026-12-31T23:00:00.000Z'],
  ])('%s reaches from %s to just before %s', (text, start, end) => {
    expect(span(text)).toEqual([start, end]);
  });

  test.each([
    'yesterday',
    '2026',
    '2026-02-30',
    '2027-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-01-32',
    '2026-01-01T24:00',
    '2026-01-01T10:60',
    '2026-01-01T10:00:60Z',
    '2026-01-01T10:00+24:00',
    '2026-01-01T10:00+01:60',
    '12026-01-01',
    '+012026-01-01T00:00Z',
    '0026-01-01',
    '2026-01-01Z',
    '2026-01-01T10Z',
    'Infinity',
    '1e9',
  ])('is not %j', (text) => {
    expect(span(text)).toBeUndefined();
    expect(parse({ from: text }).problems).toEqual({ from: 'date_invalid' });
    expect(parse({ to: text }).problems).toEqual({ to: 'date_invalid' });
  });

  test('is shown on the clocks of the person, and "To" with the last minute that it takes in', () => {
    expect(wallText('2026-12-05T13:00Z', 'start', AMSTERDAM)).toBe('2026-12-05T14:00');
    expect(wallText('2026-12-05T13:00Z', 'end', AMSTERDAM)).toBe('2026-12-05T14:00');
    expect(wallText('2026-12-05', 'start', AMSTERDAM)).toBe('2026-12-05T00:00');
    expect(wallText('2026-12-05', 'end', AMSTERDAM)).toBe('2026-12-05T23:59');
    expect(wallText('2026-12-05T13:00:07Z', 'start', 'UTC')).toBe('2026-12-05T13:00:07');
    expect(wallText('nonsense', 'start', AMSTERDAM)).toBe('');
  });
});

test('"To" before "From" is a problem, the same day is not', () => {
  expect(parse({ from: '2026-12-06', to: '2026-12-05' }).problems).toEqual({ to: 'ends_before_start' });
  expect(parse({ from: '2026-12-05', to: '2026-12-05' }).problems).toEqual({});
});

describe('an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    [' 192.0.2.0/24 ', '192.0.2.0/24'],
    ['2001:DB8::1', '2001:DB8::1'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['::1', '::1'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:a00:1', '10.0.0.1'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['0:0:0:0:0:ffff:c000:207/128', '192.0.2.7/32'],
    ['::/0', '::/0'],
    ['2001:db8::7/32', '2001:db8::7/32'],
    ['192.0.2.77/24', '192.0.2.77/24'],
  ])('may be %j', (text, ip) => {
    expect(parse({ ip: text })).toEqual({ filters: { ip }, problems: {} });
  });

  test.each([
    '192.0.2',
    '192.0.2.256',
    '0x7f.1',
    '192.0.2.0/33',
    '192.0.2.0/',
    '/24',
    '::1/129',
    'fe80::1%eth0',
    ':::',
    'localhost',
    '%',
    '192.0.2.*',
  ])('may not be %j', (text) => {
    expect(parse({ ip: text })).toEqual({ filters: {}, problems: { ip: 'ip_invalid' } });
  });
});

test.each([
  ['event', 'token', 'event_unknown'],
  ['event', 'token.', 'event_unknown'],
  ['event', '*', 'event_unknown'],
  ['event', 'nothing.*', 'event_unknown'],
  ['event', 'user.sign*', 'event_unknown'],
  ['kind', 'token', 'kind_unknown'],
  ['kind', 'toString', 'kind_unknown'],
  ['event', 'TOKEN.USED', 'event_unknown'],
  ['event', 'token.used,token.refused', 'event_unknown'],
  ['outcome', 'maybe', 'outcome_unknown'],
  ['outcome', '__proto__', 'outcome_unknown'],
  ['range', '1y', 'range_unknown'],
  ['range', 'constructor', 'range_unknown'],
  ['cursor', 'x', 'cursor_invalid'],
  ['cursor', 'newer-', 'cursor_invalid'],
  ['cursor', '1; DROP TABLE audit_event', 'cursor_invalid'],
] as const)('%s=%s is a problem, not an unfiltered log', (field, text, problem) => {
  expect(parse({ [field]: text })).toEqual({ filters: {}, problems: { [field]: problem } });
});

test.each(['q', 'actor', 'target', 'token'])('in %s, what is longer than any name is a problem, however often it is read', (field) => {
  for (const text of ['x'.repeat(1001), 'x'.repeat(10_000), `${'x'.repeat(999)}🔑x`, '%'.repeat(2_000)]) {
    const query = parseFilters(auditQuery, { [field]: text });
    expect(query[field as 'q'].length).toBeLessThan(1002);
    for (const one of [query, auditQuery.parse(query), auditQuery.parse(auditQuery.parse(query))])
      expect(parseAuditQuery(one, 'UTC')).toEqual({ filters: {}, problems: { [field]: 'too_long' } });
  }
  for (const text of ['x'.repeat(1000), `  ${'x'.repeat(1000)}  `, '…'])
    expect(parse({ [field]: text })).toEqual({ filters: { [field]: text.trim() }, problems: {} });
  expect(parse({ [field]: ' '.repeat(5000) })).toEqual({ filters: {}, problems: {} });
});

test('events are asked for one by one, or all that are about the same thing', () => {
  for (const event of ['token.used', 'user.*', 'token.*', 'audit.*'] as const) expect(parse({ event }).filters).toEqual({ event });
  for (const kind of ['access', 'operation'] as const) expect(parse({ kind }).filters).toEqual({ kind });
});

test('of a repeated parameter the first counts', () => {
  expect(parse({ event: ['token.used', 'token.refused'] }).filters.event).toBe('token.used');
});

test('whatever stands in the URL, every field that is not blank is either a filter or a problem', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2000 }),
    fc.array(fc.string()),
    fc.constant(undefined),
    fc.ipV4(),
    fc.ipV6(),
    fc.uuid(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom('token.used', 'user.*', 'access', 'system', 'ok', '7d', '2026-01-01'),
  );
  const zone = fc.constantFrom('UTC', AMSTERDAM, 'Pacific/Apia', 'America/St_Johns');
  const made = {
    q: 'q',
    kind: 'kind',
    event: 'event',
    actor: 'actor',
    target: 'target',
    token: 'token',
    outcome: 'outcome',
    ip: 'ip',
    from: 'from',
    to: 'until',
    range: 'within',
  } as const;
  const fields = Object.keys(made) as (keyof typeof made)[];
  const params = fc.record(Object.fromEntries(fields.map((field) => [field, text])) as Record<keyof typeof made, typeof text>);
  fc.assert(
    fc.property(params, zone, (given, place) => {
      const query: AuditQuery = parseFilters(auditQuery, given);
      const { filters, problems } = parseAuditQuery(query, place);
      for (const field of fields) {
        const blank = query[field].trim() === '';
        expect(filters[made[field]] === undefined && problems[field] === undefined).toBe(blank);
      }
      for (const at of [filters.from, filters.until]) if (at) expect(Number.isNaN(at.getTime())).toBe(false);
    }),
    { numRuns: 3000 },
  );
});

test('dates are of the person’s own zone, or of UTC where the address says so, and of no other', () => {
  const query = (zone: string) => auditQuery.parse({ from: '2026-07-02', zone });
  for (const zone of ['', 'UTC', ' utc ']) expect(parseAuditQuery(query(zone), AMSTERDAM).problems).toEqual({});
  for (const zone of ['Mars', AMSTERDAM, 'UTC+1', '\0', '%', 'U'.repeat(10_000)])
    expect(parseAuditQuery(query(zone), AMSTERDAM).problems).toEqual({ zone: 'zone_unknown' });
  expect([zoneOf(query(''), AMSTERDAM), zoneOf(query('utc'), AMSTERDAM), zoneOf(query('Mars'), AMSTERDAM)]).toEqual([
    AMSTERDAM,
    'UTC',
    AMSTERDAM,
  ]);
});
