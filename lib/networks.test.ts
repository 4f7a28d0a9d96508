import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWithin, type Network, networkText, readNetwork } from '@/lib/networks';

function read(text: string): string {
  const network = readNetwork(text);
  return 'problem' in network ? network.problem : networkText(network);
}

function networksOf(...texts: string[]): Network[] {
  return texts.map((text) => readNetwork(text) as Network);
}

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();
const prefix = (most: number) => fc.integer({ min: 0, max: most });
const addressAndPrefix = fc.oneof(fc.tuple(ipv4, prefix(32)), fc.tuple(ipv6, prefix(128)));
const family = (text: string) => (isIP(text) === 4 ? 'ipv4' : 'ipv6');
const isMapped = (text: string) => isWithin(text, networksOf('0.0.0.0/0')) && isIP(text) === 6;

describe('a network', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['2001:DB8:0:0:0:0:0:0/32', '2001:db8::/32'],
    ['::/0', '::/0'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['::ffff:c000:207', '192.0.2.7/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['64:ff9b::192.0.2.0/120', '64:ff9b::c000:200/120'],
  ])('%s is kept as %s', (text, kept) => {
    expect(read(text)).toBe(kept);
  });

  test.each([
    ['10.0.0.0/33', 'prefix_invalid'],
    ['::/129', 'prefix_invalid'],
    ['10.0.0.0/', 'prefix_invalid'],
    ['10.0.0.0/08', 'prefix_invalid'],
    ['10.0.0.0/-1', 'prefix_invalid'],
    ['10.0.0.0/8.0', 'prefix_invalid'],
    ['10.0.0.0/1e1', 'prefix_invalid'],
    ['10.0.0.0/255.0.0.0', 'prefix_invalid'],
    ['10.0.0.1/8', 'host_bits'],
    ['2001:db8::1/64', 'host_bits'],
    ['::ffff:10.0.0.1/104', 'host_bits'],
    ['::ffff:0:0/95', 'host_bits'],
    ['', 'address_invalid'],
    ['/8', 'address_invalid'],
    ['10.0.0.0/8/8', 'address_invalid'],
    ['10.1', 'address_invalid'],
    ['010.0.0.1', 'address_invalid'],
    ['0x7f.0.0.1', 'address_invalid'],
    ['2130706433', 'address_invalid'],
    ['256.0.0.1', 'address_invalid'],
    ['10.0.0.0 /8', 'address_invalid'],
    ['fe80::1%eth0', 'address_invalid'],
    ['[::1]', 'address_invalid'],
    ['::ffff:010.0.0.1', 'address_invalid'],
    ['1::2::3', 'address_invalid'],
    ['12345::', 'address_invalid'],
    ['example.org', 'address_invalid'],
    ['１.2.3.4', 'address_invalid'],
    [`10.0.0.0${' '.repeat(100)}`, 'address_invalid'],
    ['1:'.repeat(30_000), 'address_invalid'],
  ])('is not %j: %s', (text, problem) => {
    expect(read(text)).toBe(problem);
  });

  test('with host bits names the one that was probably meant', () => {
    expect(readNetwork('192.0.2.77/26')).toEqual({ problem: 'host_bits', network: '192.0.2.64/26' });
  });
});

describe('whatever is written', () => {
  test('an address is taken exactly where Node takes it, but for zones', () => {
    const text = fc.oneof(ipv4, ipv6, fc.string({ unit: fc.constantFrom(...'0123456789abcf:.%') }));
    fc.assert(fc.property(text, (written) => (isIP(written) !== 0 && !written.includes('%')) === !('problem' in readNetwork(written))));
  });

  test('nothing throws, and what is kept is read as itself', () => {
    const text = fc.oneof(
      fc.string(),
      addressAndPrefix.map((pair) => pair.join('/')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const kept = read(written);
        return /_/.test(kept) || read(kept) === kept;
      }),
    );
  });

  test('host bits are the only fault of an address with a prefix that fits, and the network that is named has none', () => {
    fc.assert(
      fc.property(addressAndPrefix, ([address, bits]) => {
        const network = readNetwork(`${address}/${bits}`);
        if (!('problem' in network)) return true;
        return network.problem === 'host_bits' && !('problem' in readNetwork(network.network));
      }),
    );
  });

  test('an address lies in a network exactly where Node’s own block list says so', () => {
    const near = addressAndPrefix.chain(([address, bits]) =>
      fc.tuple(fc.constant([address, bits] as const), fc.oneof(ipv4, ipv6, fc.constant(address))),
    );
    fc.assert(
      fc.property(near, ([[base, bits], address]) => {
        // Node knows nothing of mapped ranges.
        fc.pre(!isMapped(base) && !isMapped(address));
        const given = readNetwork(`${base}/${bits}`);
        const text = 'problem' in given ? (given as { network: string }).network : networkText(given);
        const [first = ''] = text.split('/');
        const list = new BlockList();
        list.addSubnet(first, bits, family(first));
        return isWithin(address, networksOf(text)) === (family(address) === family(first) && list.check(address, family(address)));
      }),
    );
  });
});

test('IPv4 and IPv6 are apart, and a mapped address is IPv4', () => {
  expect(isWithin('192.0.2.7', networksOf('::/0'))).toBe(false);
  expect(isWithin('2001:db8::1', networksOf('0.0.0.0/0'))).toBe(false);
  expect(isWithin('::ffff:192.0.2.7', networksOf('192.0.2.0/24'))).toBe(true);
  expect(isWithin('192.0.2.7', networksOf('::ffff:192.0.2.0/120'))).toBe(true);
  expect(isWithin('nonsense', networksOf('0.0.0.0/0', '::/0'))).toBe(false);
  expect(isWithin('192.0.2.7', [])).toBe(false);
});
