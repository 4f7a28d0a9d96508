import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuditQuery } from '@/lib/audit/filters';
import { auditQuery } from '@/lib/audit/schema';
import { isNetwork, partsOf, readSearch, searchText, unquoted } from '@/lib/audit/search';

describe('what is typed into the search bar', () => {
  test.each([
    ['event:token.deleted outcome:ok', { event: 'token.deleted', outcome: 'ok' }],
    ['  outcome:refused   reason:expired ', { outcome: 'refused', reason: 'expired' }],
    ['actor:Ada Lovelace ip:192.0.2.0/24', { actor: 'Ada Lovelace', ip: '192.0.2.0/24' }],
    ['actor:"Ada: first" token:"CI', { actor: 'Ada: first', token: 'CI' }],
    ['ACTOR:ada', { actor: 'ada' }],
    ['ip:2001:db8::/32', { ip: '2001:db8::/32' }],
    ['2001:db8::7', { ip: '2001:db8::7' }],
    ['192.0.2.7', { ip: '192.0.2.7' }],
    ['token.used', { event: 'token.used' }],
    ['019ae3c4-5f6a-7c1e-9b0d-3f2a1c4b5d6e', { request: '019ae3c4-5f6a-7c1e-9b0d-3f2a1c4b5d6e' }],
    ['CI pipeline outcome:ok', { q: 'CI pipeline', outcome: 'ok' }],
    ['100%_\\', { q: '100%_\\' }],
    ['bob@example.org', { q: 'bob@example.org' }],
    ['"CI pipeline"', { q: 'CI pipeline' }],
    ['"prod:api"', { q: 'prod:api' }],
    ['"192.0.2.7"', { q: '192.0.2.7' }],
    ['"token.used', { q: 'token.used' }],
    ['token:"deploy event:token.used"', { token: 'deploy event:token.used' }],
    ['token:"deploy event:token.used" event:token.refused', { token: 'deploy event:token.used', event: 'token.refused' }],
    ['token:"CI" Ada Lovelace', { token: 'CI', q: 'Ada Lovelace' }],
    ['Ada token: "CI"', { q: 'Ada', token: 'CI' }],
    ['actor:Ada "The actor:boss" x', { actor: 'Ada "The actor:boss" x' }],
    ['token:a"b', { token: 'a"b' }],
    ['token:"a"b', { token: '"a"b' }],
    ['event:user.*', { event: 'user.*' }],
    ['token.* kind:operation', { event: 'token.*', kind: 'operation' }],
    ['target:Bob', { target: 'Bob' }],
    ['actor:System', { actor: 'System' }],
    ['actor:"system"', { actor: '"system"' }],
    ['token:"system"', { token: 'system' }],
    ['', {}],
  ])('"%s" sets filters', (text, change) => {
    expect(readSearch(text)).toEqual({ change });
  });

  test.each([
    ['event:token.vanished', 'event_unknown'],
    ['event:', 'value_missing'],
    ['outcome:ok outcome:refused', 'twice'],
    ['CI q:CD', 'twice'],
    ['token:"CI" token:"CD"', 'twice'],
    ['""', 'value_missing'],
    ['token:""', 'value_missing'],
    ['event:nothing.*', 'event_unknown'],
    ['event:*', 'event_unknown'],
    ['kind:accesses', 'kind_unknown'],
    ['prod:api', 'name_unknown'],
    ['outcome:maybe', 'outcome_unknown'],
    ['reason:because', 'reason_unknown'],
    ['ip:192.0.2.0/33', 'ip_invalid'],
    ['ip:300.0.0.1', 'ip_invalid'],
    ['ip:2001:db8::/129', 'ip_invalid'],
    ['request:short', 'request_invalid'],
    ['colour:red', 'name_unknown'],
    [`actor:${'a'.repeat(10_000)}`, 'too_long'],
  ])('"%s" is refused whole', (text, code) => {
    expect(readSearch(`${text}`)).toMatchObject({ problem: { code } });
    expect(readSearch(`request:12345678 ${text}`)).toHaveProperty('problem');
  });
});

test('a name that is put into the search bar as one types it is read as that name, whatever is in it', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('actor:', 'event:token.used', ' ', '%', '_', '\\', "'"));
  const text = fc.array(word, { minLength: 1 }).map((words) => words.join(' ').replaceAll('"', '').trim());
  fc.assert(
    fc.property(text, (name) => {
      fc.pre(name !== '');
      expect(readSearch(searchText('token', name))).toEqual({ change: { token: name } });
      expect(readSearch(`"${name}"`)).toEqual({ change: { q: name } });
      expect(unquoted(`"${name}"`)).toBe(name);
    }),
  );
});

test('whatever is typed, each piece begins where it stands, and nothing throws', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('"', ' ', 'actor:', 'a', ':', 'x y', '""', 'token:"', '\t')), (pieces) => {
      const text = pieces.join('');
      const starts = partsOf(text).map(({ start }) => start);
      expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
      for (const { name, start } of partsOf(text)) if (name) expect(text.slice(start, start + name.length + 1)).toBe(`${name}:`);
      readSearch(text);
    }),
  );
});

test.each([
  ...['0.0.0.0', '255.255.255.255/32', '10.0.0.0/0', '::', '::/0', '::1/128', 'fe80::1', '2001:DB8::A', '::ffff:192.0.2.1'],
  ...[
    '',
    '/',
    '1.2.3',
    '1.2.3.4.',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.4/',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    ':',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    '[::1]',
  ],
  ...['1.2.3.4 ', 'g::1', '::1/129', '::1/1/1', '::1@x', '::1]/[', '１.2.3.4'],
])('"%s" is an address or a range to the browser as it is to the server', (ip) => {
  const { problems } = parseAuditQuery(auditQuery.parse({ ip: ip || '.' }), 'UTC');
  expect(isNetwork(ip.trim() || '.')).toBe(problems.ip === undefined);
});
