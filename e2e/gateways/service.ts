import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

// RFC 6455, section 1.3. HAProxy looks at it.
const WEBSOCKET = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What reached the service behind the gateway. */
export type Arrival = { method: string; url: string; headers: IncomingMessage['headers']; length: number; sha256: string };

/** The service behind a gateway: answers what has arrived, echoes what comes over WebSockets, and fails at `/broken`. */
export async function startService() {
  const seen = { requests: 0 };
  // As other services do, it takes more than the 16 kB of headers that Node does unless told.
  const server = createServer({ maxHeaderSize: 65_536 }, async (req, res) => {
    seen.requests++;
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of req) {
      hash.update(chunk);
      length += chunk.length;
    }
    const arrival: Arrival = { method: req.method ?? '', url: req.url ?? '', headers: req.headers, length, sha256: hash.digest('hex') };
    // What a service answers itself must not be taken for Latchkey's answer.
    const status = Number(/^\/broken\/(\d+)/.exec(arrival.url)?.[1] ?? 200);
    res.writeHead(status, { 'content-type': 'application/json', ...(status === 503 && { 'retry-after': '99' }) });
    res.end(JSON.stringify(arrival));
  });
  server.on('upgrade', (req, socket) => {
    seen.requests++;
    const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${WEBSOCKET}`).digest('base64');
    const lines = [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
      `X-Seen-Owner: ${req.headers['x-owner-email']}`,
    ];
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
    socket.pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
