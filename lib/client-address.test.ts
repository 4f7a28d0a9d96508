import { describe, expect, test } from 'vitest';
import { clientAddress, isTrustedProxy } from '@/lib/client-address';
import { parseEnv } from '@/lib/env';

const trusted = parseEnv({ TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::/32' }).trustedProxies;

describe('clientAddress', () => {
  test.each([
    ['the peer, when it is no trusted proxy, whatever it claims', '198.51.100.7', '192.0.2.1', '198.51.100.7'],
    ['the peer, when a trusted proxy claims nothing', '10.0.0.1', undefined, '10.0.0.1'],
    ['what a trusted proxy says', '10.0.0.1', '192.0.2.1', '192.0.2.1'],
    [
      'the last address that is not a proxy: what stands left of it, the client may have made up',
      '10.0.0.1',
      '203.0.113.9, 192.0.2.1, 10.0.0.2',
      '192.0.2.1',
    ],
    ['the outermost proxy, when all of them are trusted', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['the nearest proxy, when the rest cannot be read', '10.0.0.1', '192.0.2.1, nonsense, 10.0.0.2', '10.0.0.2'],
    ['IPv4 for an IPv4 address in IPv6 form', '::ffff:10.0.0.1', '::ffff:192.0.2.1', '192.0.2.1'],
    ['an IPv6 address in its shortest form', '2001:db8::1', '2001:DB9:0:0::5', '2001:db9::5'],
    ['an IPv6 peer without its zone', 'fe80::1%eth0', undefined, 'fe80::1'],
    ['what a trusted proxy says without a port', '10.0.0.1', '203.0.113.9, 192.0.2.1:5678', '192.0.2.1'],
    ['the client before a trusted proxy with a port', '10.0.0.1', '192.0.2.1:5678, 10.0.0.2:80', '192.0.2.1'],
    ['an IPv6 address without its brackets', '10.0.0.1', '[2001:db9::5]', '2001:db9::5'],
    ['an IPv6 address without brackets and port', '10.0.0.1', '[2001:db9::5]:5678', '2001:db9::5'],
    ['an IPv6 address that only looks as if it had a port', '10.0.0.1', '2001:db9::5:5678', '2001:db9::5:5678'],
    ['the proxy for what is no address with a port', '10.0.0.1', '192.0.2.1:567890', '10.0.0.1'],
    ['the proxy for a name with a port', '10.0.0.1', '[client]:80', '10.0.0.1'],
    ['the proxy for a port without an address', '10.0.0.1', ':80', '10.0.0.1'],
    ['what a trusted proxy says without its zone', '10.0.0.1', 'fe80::1%eth0', 'fe80::1'],
  ])('gives %s', (_what, peer, forwarded, expected) => {
    expect(clientAddress(peer, { 'x-forwarded-for': forwarded }, trusted)).toBe(expected);
  });

  test('takes X-Real-IP only from a trusted proxy that sends no X-Forwarded-For', () => {
    expect(clientAddress('10.0.0.1', { 'x-real-ip': '192.0.2.1' }, trusted)).toBe('192.0.2.1');
    expect(clientAddress('10.0.0.1', { 'x-real-ip': '192.0.2.1', 'x-forwarded-for': '192.0.2.2' }, trusted)).toBe('192.0.2.2');
    expect(clientAddress('198.51.100.7', { 'x-real-ip': '192.0.2.1' }, trusted)).toBe('198.51.100.7');
    expect(clientAddress('10.0.0.1', { 'x-real-ip': 'nonsense' }, trusted)).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', { 'x-real-ip': '192.0.2.1:5678' }, trusted)).toBe('192.0.2.1');
    expect(clientAddress('10.0.0.1', { 'x-real-ip': 'fe80::1%eth0' }, trusted)).toBe('fe80::1');
  });

  test('is null for a connection that is gone', () => {
    expect(clientAddress(undefined, {}, trusted)).toBeNull();
  });
});

test('nobody is trusted unless TRUSTED_PROXIES says so', () => {
  expect(isTrustedProxy('127.0.0.1', [])).toBe(false);
  expect(isTrustedProxy('10.1.2.3', trusted)).toBe(true);
  expect(isTrustedProxy('11.1.2.3', trusted)).toBe(false);
  expect(isTrustedProxy(undefined, trusted)).toBe(false);
});
