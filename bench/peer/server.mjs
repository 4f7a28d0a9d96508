// What bench/peer.ts loads: better-auth's API-key plugin behind a bare node:http handler, over PostgreSQL or in memory. Prints its port and its keys.
import { createServer } from 'node:http';
import { apiKey } from '@better-auth/api-key';
import { memoryAdapter } from '@better-auth/memory-adapter';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';

const [storage, count] = [process.argv[2], Number(process.argv[3])];
const tables = { user: [], session: [], account: [], verification: [], apikey: [] };
const options = {
  secret: 'only for the benchmark, and long enough for that',
  baseURL: 'http://127.0.0.1',
  database: storage === 'postgres' ? new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16 }) : memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  // Its own limit of ten requests a day would answer instead.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
  telemetry: { enabled: false },
  logger: { disabled: true },
};
if (storage === 'postgres') await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const { user } = await auth.api.signUpEmail({
  body: { name: 'Bench', email: `${Date.now()}@example.org`, password: 'only-for-the-benchmark' },
});
const keys = [];
for (let n = 0; n < count; n++) keys.push((await auth.api.createApiKey({ body: { userId: user.id, name: `key ${n}` } })).key);

const server = createServer(async (req, res) => {
  const { valid } = await auth.api.verifyApiKey({ body: { key: req.headers['x-api-key'] } });
  res.writeHead(valid ? 204 : 401).end();
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port, keys }));
