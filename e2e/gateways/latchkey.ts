import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { migrate } from '@/lib/boot/migrate';
import { startEmbedded } from '@/lib/boot/postgres';
import { closeDatabase, db, pool } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import { createGate } from '@/lib/gate/verify';
import { deriveKeys } from '@/lib/keys';
import { installRuntime, runtime } from '@/lib/runtime';
import { createActor } from '@/lib/testing/database';
import { TEST_SECRET_KEY } from '@/lib/testing/names';
import { bindToken } from '@/lib/tokens/binding';
import { createToken } from '@/lib/tokens/commands';
import { bindTokenInput, type TokenLimit } from '@/lib/tokens/schema';

type Question = { method: string; url: string; headers: IncomingMessage['headers'] };

/** A real gate over a PostgreSQL of its own, which can be stopped; it believes 127.0.0.1. */
export async function startLatchkey() {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-gateways-'));
  const log = pino({ level: 'silent' });
  const postgres = await startEmbedded(dataDir, log);
  const urls = await migrate(postgres.url, deriveKeys(TEST_SECRET_KEY).id, process.cwd(), log, postgres.signIns);
  const { applicationUrl: databaseUrl, ledgerUrl } = urls;
  const env = parseEnv({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    SECRET_KEY: TEST_SECRET_KEY.toString('base64'),
    TRUSTED_PROXIES: '127.0.0.1',
  });
  installRuntime({ env, keys: deriveKeys(TEST_SECRET_KEY), log, databaseUrl, ledgerUrl });
  const gate = createGate(runtime(), pool());

  /** What gateways asked, oldest first, and over how many connections. */
  const seen = { questions: [] as Question[], connections: 0 };
  const server = createServer((req, res) => {
    seen.questions.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers });
    gate.handle(req, res);
  });
  server.keepAliveTimeout = 75_000;
  server.on('connection', () => seen.connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');

  const owner = await createActor('member', { email: 'ada@example.org' });
  const newToken = (name: string, access: { scopes?: string[]; limit?: TokenLimit } = {}) =>
    createToken(owner, { name, description: '', expiration: { kind: 'days', days: 7 }, ...access });

  let isDatabaseRunning = true;
  const stopDatabase = async () => {
    if (isDatabaseRunning) await postgres.stop();
    isDatabaseRunning = false;
  };
  const disappear = async () => {
    server.closeAllConnections();
    server.close();
  };
  return {
    port: (server.address() as AddressInfo).port,
    owner,
    newToken,
    /** Binds a token to a key. */
    async bind(id: string, jwk: object) {
      await bindToken(owner, bindTokenInput.parse({ id, publicKey: jwk, from: null }));
    },
    seen,
    /** The newest access in the audit log. */
    async lastEvent() {
      await gate.drained();
      return db().auditEvent.findMany({ where: { actorType: 'token' }, orderBy: { id: 'desc' }, take: 1 });
    },
    /** Stops PostgreSQL: the gate can decide nothing any more. */
    stopDatabase,
    /** Stops listening: whoever asks gets no answer at all. */
    disappear,
    async stop() {
      await disappear();
      await closeDatabase();
      await stopDatabase();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type Latchkey = Awaited<ReturnType<typeof startLatchkey>>;
