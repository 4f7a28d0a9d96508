import type { IncomingMessage, ServerResponse } from 'node:http';
import { readActionBody } from '@/lib/boot/action-body';
import { decodable } from '@/lib/boot/request-target';
import { isRouterState } from '@/lib/boot/router-state';
import type { Env } from '@/lib/env';

// No dots: Next resolves them, and the address of a page may not pass for one of an endpoint.
const ENDPOINT = /^\/api\/[\w/-]+(\?|$)/;
const METHODS = ['GET', 'HEAD', 'POST'];
const REFUSALS = { 400: 'bad_request', 405: 'method_not_allowed', 413: 'too_large', 431: 'too_large' } as const;
// Bytes of address and headers. The gate takes more, of which nothing comes back; a page's answer may lead to what was asked for.
const LONGEST_HEAD = 16 * 1024;

/**
 * Refuses what no page of the console sends: other methods, long heads, forms posted to a page, actions with another body than ours, a
 * router state that is none. Next answers 500 to much of it, as if it were the server's fault. Gives the request to hand on, if any.
 */
export async function screen(req: IncomingMessage, res: ServerResponse, env: Pick<Env, 'mode'>): Promise<IncomingMessage | undefined> {
  const url = decodable(req.url ?? '/');
  // A page that Next has built for itself.
  req.url = url.startsWith('/_global-error') ? '/_not-found' : url;
  if (!METHODS.includes(req.method ?? '')) return refuse(res, 405);
  if (headOf(req) > LONGEST_HEAD) return refuse(res, 431);
  const state = req.headers['next-router-state-tree'];
  if (state !== undefined && !(typeof state === 'string' && isRouterState(state))) return refuse(res, 400);
  if (req.method !== 'POST' || ENDPOINT.test(url) || (env.mode === 'development' && url.startsWith('/__nextjs_'))) return req;
  if (req.headers['next-action'] === undefined) return refuse(res, 405, 'GET, HEAD');
  const body = await readActionBody(req).catch(() => undefined);
  if (!body) return void res.destroy(); // the client went away half-way
  return body.ok ? body.req : refuse(res, body.status);
}

function headOf({ url = '', rawHeaders }: IncomingMessage): number {
  // Node reads a header's bytes as characters of Latin-1.
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length);
}

/** Says no to a request that is wrong in form. */
export function refuse(res: ServerResponse, status: keyof typeof REFUSALS, allowed = METHODS.join(', ')): undefined {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...(status === 405 ? { allow: allowed } : {}) };
  res.writeHead(status, headers).end(JSON.stringify({ error: REFUSALS[status] }));
}
