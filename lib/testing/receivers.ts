import { createServer as createHttp, type Server as HttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTcp, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import type { Certificate } from '@/lib/testing/certificate';

type Received = { id: string; type: string; events: { id: string; event: string; userAgent: string | null }[] };

/** An HTTP server that keeps what it gets, after its signature was verified by the scheme's own library. */
export type HookReceiver = {
  url: string;
  /** What was taken (answered 2xx), in order. */
  taken: Received[];
  /** Ids of all requests, taken or not. */
  tries: string[];
  /** What it answers to the next request; `null`: nothing, ever. */
  answer: (received: Received) => { status: number; headers?: Record<string, string> } | null;
  /** The key that it verifies with. */
  signingKey: string;
  /** How many connections were made to it. */
  connections: number;
  faults: string[];
  /** Closes the connections that there are. */
  hangUp: () => void;
  close: () => Promise<void>;
};

export async function hookReceiver(): Promise<HookReceiver> {
  const sockets = new Set<Socket>();
  const server = createHttp((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      // What is sent before anybody could tell it the key.
      if (receiver.signingKey === '') return void res.writeHead(503).end();
      const received = read(Buffer.concat(chunks).toString('utf8'), req.headers);
      if (!received) return void res.writeHead(400).end();
      receiver.tries.push(received.id);
      const answer = receiver.answer(received);
      if (!answer) return;
      if (answer.status < 300) receiver.taken.push(received);
      res.writeHead(answer.status, answer.headers).end('{}');
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    receiver.connections++;
  });
  const receiver: HookReceiver = {
    url: '',
    taken: [],
    tries: [],
    answer: () => ({ status: 204 }),
    signingKey: '',
    connections: 0,
    faults: [],
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: () => close(server, sockets),
  };
  function read(body: string, headers: IncomingHttpHeaders): Received | undefined {
    try {
      new Webhook(receiver.signingKey).verify(body, headers as Record<string, string>);
      return { id: String(headers['webhook-id']), ...JSON.parse(body) };
    } catch (error) {
      receiver.faults.push((error as Error).message);
      return undefined;
    }
  }
  receiver.url = `http://127.0.0.1:${await listen(server)}/hook?key=hidden`;
  return receiver;
}

/** A syslog receiver over TCP, or TLS with `certificate`: keeps each message, cut apart by octet counts. */
export async function syslogReceiver({ certificate, hangs = false }: { certificate?: Certificate; hangs?: boolean } = {}) {
  const sockets = new Set<Socket>();
  const messages: string[] = [];
  const take = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const chunks: Buffer[] = [];
    if (hangs) return void socket.pause();
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => messages.push(...cut(Buffer.concat(chunks))));
  };
  const server = certificate
    ? createTls({ cert: certificate.cert, key: certificate.key }, take)
    : createTcp({ allowHalfOpen: hangs }, take);
  server.on('tlsClientError', () => {});
  return { port: await listen(server), messages, close: () => close(server, sockets) };
}

function cut(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const space = rest.indexOf(' ');
    const end = space + 1 + Number(rest.subarray(0, space));
    messages.push(rest.subarray(space + 1, end).toString('utf8'));
    rest = rest.subarray(end);
  }
  return messages;
}

async function listen(server: NetServer | HttpServer): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function close(server: NetServer | HttpServer, sockets: Set<Socket>): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  for (const socket of sockets) socket.destroy();
  await closed;
}
