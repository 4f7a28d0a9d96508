import { describe, expect, test } from 'vitest';
import { parseAuditQuery } from '@/lib/audit/filters';
import { auditQuery } from '@/lib/audit/schema';
import { isNetwork, readSearch } from '@/lib/audit/search';

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
    ['CI pipeline outcome:ok', { token: 'CI pipeline', outcome: 'ok' }],
    ['100%_\\', { token: '100%_\\' }],
    ['', {}],
  ])('"%s" sets filters', (text, change) => {
    expect(readSearch(text)).toEqual({ change });
  });

  test.each([
    ['event:token.vanished', 'event_unknown'],
    ['event:', 'value_missing'],
    ['outcome:ok outcome:refused', 'twice'],
    ['CI token:CD', 'twice'],
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
