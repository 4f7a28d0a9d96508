import { IncomingMessage } from 'node:http';

// As much as Next reads of an action's body (next.config.mjs).
const MOST = 64 * 1024;
// Deeper than any form's input.
const DEEPEST = 8;

export type ActionBody = { ok: true; req: IncomingMessage } | { ok: false; status: 400 | 413 };

/**
 * Reads a server action's body and gives a request with the same body to hand on. Refuses what our own pages do not send, which is
 * text/plain holding a JSON array of one plain value: React's decoder knows much more (references to streams, maps, blobs, other
 * actions), and what it cannot follow there is a fault of the server to Next.
 */
export async function readActionBody(req: IncomingMessage): Promise<ActionBody> {
  const body = await collect(req);
  if (!body) return { ok: false, status: 413 };
  if (!/^text\/plain\s*(;\s*charset=utf-8\s*)?$/i.test(req.headers['content-type'] ?? '')) return { ok: false, status: 400 };
  if (req.headers['content-encoding'] !== undefined || !isCall(body)) return { ok: false, status: 400 };
  return { ok: true, req: withBody(req, body) };
}

/** The body, or null for one that is too long: its rest is read and dropped, so that the refusal arrives. */
function collect(req: IncomingMessage): Promise<Buffer | null> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST) done(null);
      else chunks.push(chunk);
    });
    req.once('end', () => done(Buffer.concat(chunks)));
    req.once('error', failed).once('close', () => failed(new Error('the request ended early')));
  });
}

function isCall(body: Buffer): boolean {
  try {
    const args: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return Array.isArray(args) && args.length === 1 && isPlain(args[0], 0);
  } catch {
    return false;
  }
}

function isPlain(value: unknown, depth: number): boolean {
  if (depth > DEEPEST) return false;
  // React marks what is no JSON by a dollar sign, and doubles one that was typed.
  if (typeof value === 'string') return !value.startsWith('$') || /^\$(\$|undefined$|NaN$|-?Infinity$|-0$)/.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((one) => isPlain(one, depth + 1));
}

/** A request like `req`, whose body has been read, with that body again. */
function withBody(req: IncomingMessage, body: Buffer): IncomingMessage {
  const { method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor } = req;
  const again = new IncomingMessage(req.socket);
  Object.assign(again, { method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor, complete: true });
  again.push(body);
  again.push(null);
  return again;
}
