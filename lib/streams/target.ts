import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isWithin, type Network } from '@/lib/networks';
import { SendError } from '@/lib/streams/problem';

/** Where a connection goes, whatever its name means a moment later. */
export type Address = { address: string; family: number };

// The host that Azure answers its virtual machines from: the only one of its kind in public address space.
const METADATA = ['168.63.129.16'];
const LOOKUP_LIMIT = 5000;

/**
 * The addresses of `host` (an IPv6 address in brackets or without), if a stream may go there: all of them public, or within `allowed`.
 * What is not `encrypted` goes only where `allowed` says. Throws SendError `unresolved`, `private` or `insecure`.
 */
export async function addressesOf(host: string, encrypted: boolean, allowed: readonly Network[]): Promise<Address[]> {
  const found = await resolve(host.replace(/^\[(.+)\]$/, '$1'));
  for (const { address } of found) {
    if (isWithin(address, allowed)) continue;
    if (!isPublic(address)) throw new SendError('private', address);
    if (!encrypted) throw new SendError('insecure', address);
  }
  return found;
}

/** For sockets: every name is at these addresses. So what was checked is what is connected to, and no answer of a name server in between. */
export function pinnedTo(addresses: Address[]): LookupFunction {
  return (_name, { all }, done) => {
    const [first] = addresses;
    if (all) done(null, addresses);
    else done(null, first?.address ?? '', first?.family);
  };
}

/** Not loopback, private, link-local, shared, multicast, reserved, a way through another address (6to4, NAT64), or a metadata service. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address) || METADATA.includes(address)) return false;
  const known = ipaddr.process(address);
  if (known instanceof ipaddr.IPv6 && (!known.match(GLOBAL, 3) || known.match(PROTOCOLS, 23))) return false;
  return known.range() === 'unicast';
}

// All that is assigned of IPv6 for use between networks is in 2000::/3; 2001::/23 in it is set aside for protocols.
const GLOBAL = ipaddr.IPv6.parse('2000::');
const PROTOCOLS = ipaddr.IPv6.parse('2001::');

async function resolve(host: string): Promise<Address[]> {
  const family = isIP(host);
  if (family) return [{ address: host, family }];
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, failed) => {
    timer = setTimeout(() => failed(new SendError('unresolved', host)), LOOKUP_LIMIT);
  });
  try {
    const found = await Promise.race([lookup(host, { all: true, verbatim: true }), tooLong]);
    if (found.length === 0) throw new SendError('unresolved', host);
    return found;
  } catch (cause) {
    throw new SendError('unresolved', host, { cause });
  } finally {
    clearTimeout(timer);
  }
}
