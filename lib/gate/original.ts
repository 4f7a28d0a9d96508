import type { IncomingMessage } from 'node:http';
import type { Env } from '@/lib/env';
import type { Target } from '@/lib/gate/proof';

// A name or address with its port and nothing else: a path or a query in it would stand where that of the request belongs.
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;
const SCHEMES: Record<string, string> = { http: 'http', https: 'https', ws: 'http', wss: 'https' };

type Headers = IncomingMessage['headers'];

/** What a trusted gateway asks about, for the log: "GET example.org/path", without the query, which may hold secrets. */
export function originalSubject(headers: Headers): string | null {
  const uri = first(headers, 'x-forwarded-uri', 'x-original-uri').split(/[?#]/)[0];
  const text = `${first(headers, 'x-forwarded-method', 'x-original-method')} ${first(headers, 'x-forwarded-host')}${uri}`.trim();
  return text || null;
}

/**
 * The request that a proof must have been made for: the one that a trusted gateway names, else the request to /verify itself.
 * Null where that cannot be told, as when a client has sent another method or address along that the gateway did not replace.
 */
export function targetOf(req: IncomingMessage, isProxied: boolean, { baseUrl }: Pick<Env, 'baseUrl'>): Target {
  const { headers, method = '', url = '' } = req;
  const named = isProxied ? first(headers, 'x-forwarded-uri', 'x-original-uri') : '';
  if (named === '') return target(method, schemeOf(headers.host, baseUrl), headers.host, url);
  if (differ(headers, 'x-forwarded-uri', 'x-original-uri') || differ(headers, 'x-forwarded-method', 'x-original-method')) return null;
  return target(
    first(headers, 'x-forwarded-method', 'x-original-method'),
    SCHEMES[first(headers, 'x-forwarded-proto') || 'http'],
    first(headers, 'x-forwarded-host') || headers.host,
    named,
  );
}

function target(method: string, scheme: string | undefined, host: string | undefined, path: string): Target {
  if (!method || !scheme || !host || !HOST.test(host) || !path.startsWith('/')) return null;
  return { method, uri: `${scheme}://${host}${path}` };
}

/** Latchkey speaks HTTP itself; under its public name it may be spoken to in HTTPS. */
function schemeOf(host: string | undefined, baseUrl: string): string {
  const { protocol, host: own } = new URL(baseUrl);
  return host?.toLowerCase() === own && protocol === 'https:' ? 'https' : 'http';
}

function first(headers: Headers, ...names: string[]): string {
  const found = names.map((name) => headers[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : '';
}

function differ(headers: Headers, one: string, other: string): boolean {
  return Boolean(headers[one] && headers[other] && headers[one] !== headers[other]);
}
