import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { clientAddress, isTrustedProxy } from '@/lib/client-address';
import type { Env } from '@/lib/env';
import { originalSubject, targetOf } from '@/lib/gate/original';
import type { Target } from '@/lib/gate/proof';

/** What the caller showed: one secret, nothing, or something that cannot be one request. */
type Credential = Shown | { kind: 'none' } | { kind: 'invalid_request' };

/** `proofs`: the DPoP headers beside a secret of that scheme; null for a secret of any other. */
type Shown = { kind: 'secret'; secret: string; proofs: string[] | null };

/** A request to /verify, parsed. */
export type VerifyRequest = {
  credential: Credential;
  /** Scopes that the gateway wants, all of them. */
  wanted: string[];
  ip: string | null;
  userAgent: string | null;
  /** What the gateway asks about: "GET example.org/path", without the query, which may hold secrets. */
  subject: string | null;
  /** What a proof must have been made for. Null where there is none, or nobody can say. */
  target: Target;
};

/** Bytes of address and headers that a request may have: a browser's cookies are no reason against its token. */
export const LONGEST_HEAD = 64 * 1024;

const LONGEST_TEXT = 512;
const SECRET_PARAMETERS = ['access_token', 'api_key', 'apikey', 'x-api-key', 'token', 'bearer_token', 'authorization'];
// What else looks like a space is part of the scope, which then is none that a token can have.
const SEPARATORS = /[ \t\r\n,]+/;
// What is no scope stays out of the log: anybody can send anything here, also what PostgreSQL does not take (a zero byte).
const SCOPE = /^[a-z0-9._:-]{1,64}$/;
const MOST_SCOPES = 50;
const NO_PARAMETERS = new URLSearchParams();

/** Reads credential, wanted scopes, address and the original request. Never throws. */
export function readVerifyRequest(req: IncomingMessage, env: Pick<Env, 'trustedProxies' | 'tokenPrefix' | 'baseUrl'>): VerifyRequest {
  const url = req.url ?? '';
  const start = url.indexOf('?');
  const parameters = start === -1 ? NO_PARAMETERS : new URLSearchParams(url.slice(start + 1));
  const peer = req.socket.remoteAddress;
  const isProxied = isTrustedProxy(peer, env.trustedProxies);
  const credential = readCredential(req.rawHeaders, parameters, env.tokenPrefix);
  return {
    credential,
    wanted: readScopes(parameters, req.headers['x-required-scope']),
    ip: isProxied ? clientAddress(peer, req.headers, env.trustedProxies) : peerAddress(req.socket),
    userAgent: masked(req.headers['user-agent'], env.tokenPrefix),
    subject: isProxied ? masked(originalSubject(req.headers), env.tokenPrefix) : null,
    target: credential.kind === 'secret' && credential.proofs ? targetOf(req, isProxied, env) : null,
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
  let authorization: string | undefined;
  let isDpop = false;
  const proofs: string[] = [];
  let count = 0;
  let authorizations = 0;
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
      authorizations++;
      const match = /^(bearer|dpop)(?: +(.*))?$/i.exec(value);
      if (match) {
        authorization = match[2] ?? '';
        isDpop = match[1]?.toLowerCase() === 'dpop';
        count++;
      }
    } else if (name === 'dpop') {
      proofs.push(value);
    }
  }
  for (const [name, value] of parameters) {
    if (SECRET_PARAMETERS.includes(name.toLowerCase()) || holdsSecret(`${name} ${value}`, prefix)) return { kind: 'invalid_request' };
  }
  if (count > 1 || authorizations > 1) return { kind: 'invalid_request' };
  const secret = key ?? authorization;
  if (secret === undefined) return { kind: 'none' };
  // One of two wishes is not the gateway's own.
  return wishes > 1 ? { kind: 'invalid_request' } : { kind: 'secret', secret, proofs: isDpop ? proofs : null };
}

// One for each TOKEN_PREFIX, of which a process has one.
const secrets = new Map<string, RegExp>();

/** Whether a value, or what was one before it was cut or changed, stands anywhere in `text`. A scope may begin with the same letters. */
function holdsSecret(text: string, prefix: string): boolean {
  const pattern = secrets.get(prefix) ?? new RegExp(`${prefix}_[0-9A-Za-z]{30}`);
  secrets.set(prefix, pattern);
  return pattern.test(text);
}

/** What the log keeps of a text that somebody sent: no secret that stands in it, and not too much. */
function masked(text: string | null | undefined, prefix: string): string | null {
  if (!text) return null;
  const kept = holdsSecret(text, prefix) ? text.replaceAll(new RegExp(`${prefix}_[0-9A-Za-z]{30,}`, 'g'), `${prefix}_…`) : text;
  return kept.slice(0, LONGEST_TEXT);
}

function readScopes(parameters: URLSearchParams, header: string | string[] | undefined): string[] {
  if (parameters.size === 0 && header === undefined) return [];
  const texts = [...parameters.getAll('scope'), ...[header ?? []].flat()];
  return [...new Set(texts.flatMap((text) => text.split(SEPARATORS)).filter(Boolean))];
}

/** What the log keeps of wanted scopes: those that a token can have, as many as it can have; null when there are none. */
export function scopesText(wanted: readonly string[]): string | null {
  const kept = wanted.filter((scope) => SCOPE.test(scope)).slice(0, MOST_SCOPES);
  return kept.length === 0 ? null : kept.join(' ');
}
