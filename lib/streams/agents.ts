import { Agent as HttpAgent, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Address } from '@/lib/streams/target';

/** Connections that stay open from one request to the next, until close(). */
export type Agents = { http: HttpAgent; https: HttpsAgent; close: () => void };

/** What a request says besides: the addresses that were checked for it. */
export type Pinned = { pinned: string };

/** A name for these addresses, whatever order a name server gives them in. */
export function pinOf(addresses: readonly Address[]): string {
  return addresses
    .map(({ address }) => address)
    .sort()
    .join(' ');
}

// An open connection is used again only for requests for which the very addresses were checked that it was made to.
class PinnedHttp extends HttpAgent {
  override getName(options?: object): string {
    return `${super.getName(options)} ${(options as Pinned & RequestOptions).pinned}`;
  }
}

class PinnedHttps extends HttpsAgent {
  override getName(options?: object): string {
    return `${super.getName(options)} ${(options as Pinned & RequestOptions).pinned}`;
  }
}

/** Nothing is open yet. */
export function openAgents(): Agents {
  // Each connection checks the certificate anew.
  const [http, https] = [new PinnedHttp({ keepAlive: true }), new PinnedHttps({ keepAlive: true, maxCachedSessions: 0 })];
  return {
    http,
    https,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}
