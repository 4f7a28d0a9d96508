import type { IncomingHttpHeaders } from 'node:http';
import ipaddr from 'ipaddr.js';
import type { Env } from '@/lib/env';
import { isAmong } from '@/lib/networks';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Parses an address; one in IPv4-mapped IPv6 form counts as IPv4. Undefined when it is none. A zone ("%eth0") is left out: it means
 * something on one machine only, and PostgreSQL's inet refuses the whole insert that has one in it.
 */
function parseAddress(text: string): Address | undefined {
  const [address = ''] = text.split('%', 1);
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

/** Whether `peer` is one of the proxies whose X-Forwarded-* headers are believed. */
export function isTrustedProxy(peer: string | undefined, trusted: Env['trustedProxies']): boolean {
  if (trusted.length === 0 || !peer) return false;
  const address = parseAddress(peer);
  return address !== undefined && isAmong(address, trusted);
}

// "192.0.2.1:5678", "[2001:db8::1]:5678", "[2001:db8::1]": some balancers, Azure's among them, say the client's port too.
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([^\]]*:[^\]]*)\](?::\d{1,5})?)$/;

/** An address as a proxy writes it. */
function parseHop(text: string): Address | undefined {
  const [, ipv4, ipv6] = WITH_PORT.exec(text) ?? [];
  return parseAddress(ipv4 ?? ipv6 ?? text);
}

/**
 * The client's address: the peer, or behind trusted proxies the last address of X-Forwarded-For that is not one of them
 * (what stands left of it, the client may have written itself), else X-Real-IP. Without a zone, in its shortest form.
 */
export function clientAddress(peer: string | undefined, headers: IncomingHttpHeaders, trusted: Env['trustedProxies']): string | null {
  const own = peer ? parseAddress(peer) : undefined;
  if (!own) return null;
  if (trusted.length === 0 || !isAmong(own, trusted)) return own.toString();
  const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  let nearest: Address = own;
  for (const hop of hops.reverse()) {
    const address = parseHop(hop.trim());
    if (!address) break;
    nearest = address;
    if (!isAmong(address, trusted)) return address.toString();
  }
  const real = typeof headers['x-real-ip'] === 'string' ? parseHop(headers['x-real-ip'].trim()) : undefined;
  return (nearest === own && real ? real : nearest).toString();
}
