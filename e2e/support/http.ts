import { type Agent, type IncomingHttpHeaders, request as nodeRequest } from 'node:http';

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

type Options = {
  method?: string;
  /** As a list, names may repeat: what no browser sends, but an attacker does. */
  headers?: Record<string, string> | string[];
  body?: string | Buffer;
  agent?: Agent;
};

/** One HTTP request exactly as it is given: neither path nor headers are made proper on the way. */
export function send(origin: string, path: string, { method = 'GET', headers = {}, body, agent }: Options = {}): Promise<Answer> {
  const { hostname, port, host } = new URL(origin);
  const fixed = Array.isArray(headers) ? ['host', host, ...headers, ...lengthOf(body)] : { host, ...headers };
  return new Promise((done, failed) => {
    const outgoing = nodeRequest(
      { host: hostname === 'localhost' ? '127.0.0.1' : hostname, port, path, method, headers: fixed, agent: agent ?? false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', failed);
        incoming.on('end', () =>
          done({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    outgoing.on('error', failed);
    outgoing.end(body);
  });
}

function lengthOf(body: string | Buffer | undefined): string[] {
  return body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))];
}

/** What the gate answers to a secret; `query` with its question mark. */
export function verify(origin: string, secret: string, agent?: Agent, query = ''): Promise<Answer> {
  return send(origin, `/verify${query}`, { headers: { 'x-api-key': secret }, agent });
}
