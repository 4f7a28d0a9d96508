import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CLIENT_IP_HEADER, REQUEST_ID_HEADER } from '@/lib/auth/origin-headers';
import { clientAddress, isTrustedProxy } from '@/lib/client-address';
import { type Env, isLoopback, ownOrigins } from '@/lib/env';
import { newId } from '@/lib/id';

// Next hands an action that came to another page than its own to that page by calling this server: such a request bears this
// header, and with our secret in it, it is known for what it is and keeps who called.
const SELF_HEADER = 'x-latchkey-self';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
// What only we may tell Next, and what a client could otherwise make it believe. (Its two request ids tie an answer to the debug
// channel in development: without them every server action waits there for ever.)
const OURS =
  /^(x-forwarded-|forwarded$|x-real-ip$|x-original-|x-middleware-|x-latchkey-|x-nextjs-(?!(html-)?request-id$)|x-request-id$|x-matched-path$|x-invoke-|x-now-|x-action-forwarded$|x-url$|content-security-policy$)/;

/**
 * Prepares a request for the console: who calls from where, security headers, a nonce for scripts. Answers 403 and gives
 * false to a request that would change something and does not come from the console's own pages. `self` is the secret by which
 * this server's calls of itself are known.
 */
export function createFrontDoor(env: Env, self: string): (req: IncomingMessage, res: ServerResponse) => boolean {
  const origins = ownOrigins(env.baseUrl);
  const { protocol, host } = new URL(env.baseUrl);

  return (req, res) => {
    const { ip, requestId, handedOn } = callerOf(req);
    for (const name of Object.keys(req.headers)) if (OURS.test(name)) delete req.headers[name];
    if (handedOn) req.headers['x-action-forwarded'] = '1';
    for (const [name, value] of Object.entries(securityHeaders(env))) res.setHeader(name, value);
    res.setHeader('x-request-id', requestId);
    // Build files are named by their content: Next lets browsers keep them. (Kept out, the preloaded font would be fetched twice.)
    if (!req.url?.startsWith('/_next/static/')) res.setHeader('cache-control', 'private, no-store');

    if (!SAFE_METHODS.has(req.method ?? '') && !isSameSite(req, origins)) {
      res.writeHead(403, { 'content-type': 'application/json' }).end('{"error":"cross_site"}');
      return false;
    }

    const nonce = randomBytes(16).toString('base64');
    const policy = contentSecurityPolicy(nonce, env);
    res.setHeader('content-security-policy', policy);
    req.headers['content-security-policy'] = policy; // Next reads the nonce from here and puts it on its scripts
    req.headers[SELF_HEADER] = self;
    req.headers[CLIENT_IP_HEADER] = ip;
    req.headers[REQUEST_ID_HEADER] = requestId;
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    const own = origins.has(`${protocol}//${req.headers.host}`) ? req.headers.host : host;
    req.headers['x-forwarded-host'] = own;
    // Next holds the Origin of an action against that host, and knows of one spelling only.
    if (req.headers.origin !== undefined && origins.has(req.headers.origin)) req.headers.origin = `${protocol}//${own}`;
    return true;
  };

  function callerOf(req: IncomingMessage): { ip: string; requestId: string; handedOn: boolean } {
    const { [SELF_HEADER]: secret, [CLIENT_IP_HEADER]: ip, [REQUEST_ID_HEADER]: requestId } = req.headers;
    if (isSame(secret, self)) return { ip: String(ip ?? ''), requestId: String(requestId), handedOn: true };
    const own = clientAddress(req.socket.remoteAddress, req.headers, env.trustedProxies) ?? '';
    return { ip: own, requestId: requestIdOf(req, env), handedOn: false };
  }
}

function isSame(given: string | string[] | undefined, secret: string): boolean {
  const [a, b] = [Buffer.from(String(given)), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A request of the console's own pages: browsers say so in Origin (RFC 6454) and, the newer ones, in Sec-Fetch-Site. */
function isSameSite(req: IncomingMessage, origins: ReadonlySet<string>): boolean {
  const site = req.headers['sec-fetch-site'];
  return origins.has(req.headers.origin ?? '') && (site === undefined || site === 'same-origin');
}

function requestIdOf(req: IncomingMessage, env: Env): string {
  const given = req.headers['x-request-id'];
  const isUsable =
    typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) && isTrustedProxy(req.socket.remoteAddress, env.trustedProxies);
  return isUsable ? given : newId(new Date());
}

function securityHeaders(env: Env): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-frame-options': 'DENY',
    // Elsewhere browsers ignore it, and say so in their console.
    ...(env.baseUrl.startsWith('https:') || isLoopback(env.baseUrl) ? { 'cross-origin-opener-policy': 'same-origin' } : {}),
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...(env.baseUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
  };
}

function contentSecurityPolicy(nonce: string, env: Env): string {
  const isDevelopment = env.mode === 'development';
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${isDevelopment ? ' ws:' : ''}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(env.baseUrl.startsWith('https:') ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}
