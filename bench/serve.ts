// What bench/gate.ts loads, in a process of its own: `bare` is node:http answering 204 to everything, `stored` the same once its group
// is in a table as one row, which is the least that a durable answer costs; `rows` the same with a row for each request, of what any access log
// keeps, in a table with a primary key and nothing else, and the key's HMAC looked up in memory; `gate` is the gate as server.ts runs it, over the database
// and key in the environment. Told so, the gate's process also seals the log, or stops to.
import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Client, Pool } from 'pg';
import pino from 'pino';
import { startBackground } from '@/lib/boot/background';
import { join } from '@/lib/boot/instance';
import { pool } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import { Batcher } from '@/lib/gate/batcher';
import { createGate } from '@/lib/gate/verify';
import { deriveKeys } from '@/lib/keys';
import { installRuntime, runtime } from '@/lib/runtime';

const server = createServer();
let finish = async () => {};
if (process.argv[2] === 'bare') {
  server.on('request', (_req, res) => res.writeHead(204).end());
} else if (process.argv[2] === 'stored') {
  const client = new Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query('CREATE TABLE bench_stored (id uuid PRIMARY KEY, requests text NOT NULL)');
  const groups = inGroups<string>(1, (group) =>
    client.query({ name: 'stored', text: 'INSERT INTO bench_stored VALUES ($1, $2)', values: [randomUUID(), group.join()] }),
  );
  server.on('request', (req, res) => void groups.add(String(req.headers['x-api-key'])).then(() => res.writeHead(204).end()));
} else if (process.argv[2] === 'rows') {
  const clients = new Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
  await clients.query('CREATE TABLE bench_rows (id uuid PRIMARY KEY, at timestamptz NOT NULL, token text NOT NULL, ip inet, request text)');
  const text = 'INSERT INTO bench_rows SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::inet[], $5::text[])';
  const digests = new Map<string, string>();
  type Access = [string, Date, string, string | undefined, string];
  const groups = inGroups<Access>(2, (group) =>
    clients.query({ name: 'rows', text, values: [0, 1, 2, 3, 4].map((column) => group.map((access) => access[column])) }),
  );
  server.on('request', (req, res) => {
    const digest = createHmac('sha256', 'a key of 32 bytes, as any other is').update(String(req.headers['x-api-key'])).digest('base64');
    const token = digests.get(digest) ?? digest;
    digests.set(digest, token);
    const access: Access = [randomUUID(), new Date(), token, req.socket.remoteAddress, `${req.method} ${req.url}`];
    void groups.add(access).then(() => res.writeHead(204).end());
  });
} else {
  const env = parseEnv();
  const keys = deriveKeys(Buffer.from(env.secretKey ?? '', 'base64'));
  const log = pino({ level: 'warn' }, pino.destination(2));
  installRuntime({ env, keys, log, databaseUrl: env.databaseUrl ?? '', ledgerUrl: process.env.LEDGER_URL ?? '' });
  const gate = createGate(runtime(), pool());
  server.on('request', gate.handle);
  const instance =
    process.env.CHANNEL === 'open' ? join({ databaseUrl: env.databaseUrl ?? '', port: process.pid, log, heed: gate.heed }) : undefined;
  finish = async () => {
    await gate.drained();
    await instance?.leave();
  };
  let background: ReturnType<typeof startBackground> | undefined;
  process.on('message', async (message) => {
    await background?.stop();
    background = message === 'seal' ? startBackground(runtime()) : undefined;
    process.send?.(message as string);
  });
}
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : 0);
});
process.on('SIGTERM', () => void finish().then(() => process.exit(0)));

/** Groups as the gate has them, for handlers that only store. */
function inGroups<Item>(inFlight: number, store: (group: Item[]) => Promise<unknown>): Batcher<Item, true> {
  const run = async (group: Item[]) => {
    await store(group);
    return group.map((): true => true);
  };
  return new Batcher({ inFlight, largest: 512, waiting: 10_000, patience: 1500, run });
}
