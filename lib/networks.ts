import ipaddr from 'ipaddr.js';

/** A range of addresses: one of them, and how many leading bits all of them share with it. */
export type Network = [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/** Why a text is no network; for `host_bits` with the network that it lies in. */
export type NetworkProblem = { problem: 'address_invalid' | 'prefix_invalid' } | { problem: 'host_bits'; network: string };

// No way of writing a network is longer: the rest is refused unread.
const LONGEST = 50;
const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

/**
 * Reads an address or a CIDR range (RFC 4632, RFC 4291): a single address is the network of itself alone, one in IPv4-mapped form is
 * what it maps. Refuses what some read differently: octal and shortened IPv4, zones, a prefix that is too long, host bits that are set.
 */
export function readNetwork(text: string): Network | NetworkProblem {
  const [written = '', prefix, ...rest] = text.split('/');
  const address = text.length <= LONGEST && rest.length === 0 ? readAddress(written) : undefined;
  if (!address) return { problem: 'address_invalid' };
  const most = address.kind() === 'ipv4' ? 32 : 128;
  if (prefix !== undefined && (!PREFIX.test(prefix) || Number(prefix) > most)) return { problem: 'prefix_invalid' };
  const bits = prefix === undefined ? most : Number(prefix);
  const first = firstOf(address, bits);
  if (first.toString() !== address.toString()) return { problem: 'host_bits', network: networkText([first, bits]) };
  // A mapped address whose host bits are clear has a prefix of at least 96.
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? [address.toIPv4Address(), bits - 96] : [address, bits];
}

/** The one way in which a network is kept and shown: its first address in its shortest form, and its prefix. */
export function networkText([address, bits]: Network): string {
  return `${address.toString()}/${bits}`;
}

/** Whether a parsed address, IPv4 where it maps one, lies in one of `networks`. */
export function isAmong(address: ipaddr.IPv4 | ipaddr.IPv6, networks: readonly Network[]): boolean {
  return networks.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits));
}

/** Whether `address` lies in one of `networks`. IPv4 and IPv6 are apart; an IPv4-mapped address is IPv4. False for what is no address. */
export function isWithin(address: string, networks: readonly Network[]): boolean {
  return ipaddr.isValid(address) && isAmong(ipaddr.process(address), networks);
}

/** The network of so many leading bits in which `address`, an IPv4 or IPv6 address that PostgreSQL wrote, lies. */
export function networkAround(address: string, bits: number): string {
  return networkText([firstOf(ipaddr.parse(address), bits), bits]);
}

function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  const dotted = text.slice(text.lastIndexOf(':') + 1);
  if (text.includes('%') || (dotted.includes('.') && !ipaddr.IPv4.isValidFourPartDecimal(dotted))) return undefined;
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

function firstOf(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): ipaddr.IPv4 | ipaddr.IPv6 {
  const kept = (at: number) => Math.max(0, Math.min(8, bits - at * 8));
  return ipaddr.fromByteArray(address.toByteArray().map((byte, at) => byte & (0xff << (8 - kept(at)))));
}
