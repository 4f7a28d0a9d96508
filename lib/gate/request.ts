import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { clientAddress, isTrustedProxy } from '@/lib/client-address';
import type { Env } from '@/lib/env';

/** What the caller showed: one secret, nothing, or something that cannot be one request. */
type Credential = { kind: 'secret'; secret: string } | { kind: 'none' } | { kind: 'invalid_request' };

/** A request to /verify, parsed. */
export type VerifyRequest = {
  credential: Credential;
  /** Scopes that the gateway wants, all of them. */
  wanted: string[];
  ip: string | null;
  userAgent: string | null;
  /** What the gateway asks about: "GET example.org/path", without the query, which may hold secrets. */
  subject: string | null;
};

const SECRET_PARAMETERS = ['access_token', 'api_key', 'apikey', 'x-api-key', 'token', 'bearer_token', 'authorization'];
const LONGEST_SUBJECT = 512;
// What else looks like a space is part of the scope, which then is none that a token can have.
const SEPARATORS = /[ \t\r\n,]+/;
const NO_PARAMETERS = new URLSearchParams();

/** Reads credential, wanted scopes, address and the original request. Never throws. */
export function readVerifyRequest(req: IncomingMessage, env: Pick<Env, 'trustedProxies' | 'tokenPrefix'>): VerifyRequest {
  const url = req.url ?? '';
  const start = url.indexOf('?');
  const parameters = start === -1 ? NO_PARAMETERS : new URLSearchParams(url.slice(start + 1));
  const peer = req.socket.remoteAddress;
  const isProxied = isTrustedProxy(peer, env.trustedProxies);
  return {
    credential: readCredential(req.rawHeaders, parameters, env.tokenPrefix),
    wanted: readScopes(parameters, req.headers['x-required-scope']),
    ip: isProxied ? clientAddress(peer, req.headers, env.trustedProxies) : peerAddress(req.socket),
    userAgent: req.headers['user-agent']?.slice(0, 512) ?? null,
    subject: isProxied ? originalRequest(req.headers) : null,
  };
}

// A connection's peer never changes, and gateways keep their connections: parsed once for each.
const peers = new WeakMap<Socket, string | null>();

function peerAddress(socket: Socket): string | null {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const address = clientAddress(socket.remoteAddress, {}, []);
  peers.set(socket, address);
  return address;
}

function readCredential(raw: string[], parameters: URLSearchParams, prefix: string): Credential {
  let key: string | undefined;
  let bearer: string | undefined;
  let count = 0;
  let wishes = 0;
  // The raw list: Node joins a repeated header or keeps only its first, and a smuggled second one must not pass unseen.
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    if (name === 'x-api-key') {
      key = value;
      count++;
    } else if (name === 'x-required-scope') {
      wishes++;
    } else if (name === 'authorization') {
      const match = /^bearer(?: +(.*))?$/i.exec(value);
      if (match) {
        bearer = match[1] ?? '';
        count++;
      }
    }
  }
  for (const [name, value] of parameters) {
    if (SECRET_PARAMETERS.includes(name.toLowerCase()) || value.startsWith(`${prefix}_`)) return { kind: 'invalid_request' };
  }
  if (count > 1) return { kind: 'invalid_request' };
  const secret = key ?? bearer;
  if (secret === undefined) return { kind: 'none' };
  // One of two wishes is not the gateway's own.
  return wishes > 1 ? { kind: 'invalid_request' } : { kind: 'secret', secret };
}

function readScopes(parameters: URLSearchParams, header: string | string[] | undefined): string[] {
  if (parameters.size === 0 && header === undefined) return [];
  const texts = [...parameters.getAll('scope'), ...[header ?? []].flat()];
  return [...new Set(texts.flatMap((text) => text.split(SEPARATORS)).filter(Boolean))];
}

function originalRequest(headers: IncomingMessage['headers']): string | null {
  const first = (...names: string[]) => names.map((name) => headers[name]).find((value) => typeof value === 'string' && value !== '') ?? '';
  const uri = String(first('x-forwarded-uri', 'x-original-uri')).split(/[?#]/)[0];
  const text = `${first('x-forwarded-method', 'x-original-method')} ${first('x-forwarded-host')}${uri}`.trim();
  return text === '' ? null : text.slice(0, LONGEST_SUBJECT);
}
