import cluster from 'node:cluster';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import next from 'next';
import { announce } from '@/lib/boot/announce';
import { whileDatabaseAnswers } from '@/lib/boot/away';
import { startBackground } from '@/lib/boot/background';
import { boot, release } from '@/lib/boot/boot';
import { createFrontDoor } from '@/lib/boot/front-door';
import { answerHealth, answerReadiness } from '@/lib/boot/health';
import { join } from '@/lib/boot/instance';
import { createLog } from '@/lib/boot/log';
import { createMetrics } from '@/lib/boot/metrics';
import { takePulse } from '@/lib/boot/pulse';
import { originForm } from '@/lib/boot/request-target';
import { refuse, screen } from '@/lib/boot/screen';
import { onSignal, onStop } from '@/lib/boot/shutdown';
import { joinSiblings } from '@/lib/boot/siblings';
import { letGoIfStalled } from '@/lib/boot/stalled';
import { gatherMetrics, joinParent, startWorkers } from '@/lib/boot/workers';
import { databaseNow, onCommit, pool } from '@/lib/db';
import { type Env, ownAddress, parseEnv, SettingsError } from '@/lib/env';
import { connectRedis } from '@/lib/gate/redis';
import { LONGEST_HEAD } from '@/lib/gate/request';
import { sharedLimits } from '@/lib/gate/shared-limits';
import { sharedProofs } from '@/lib/gate/shared-proofs';
import { createGate } from '@/lib/gate/verify';
import type { Runtime } from '@/lib/runtime';

const startedAt = Date.now();
const root = process.cwd();

/** Boots, then serves: in this process, or in several that share the port. */
async function main(): Promise<void> {
  const env = parseEnv();
  const log = createLog(env);
  if (cluster.isWorker) {
    await serve(await joinParent(env, log), () => release(log));
    return;
  }
  const { runtime, secretKey, setupLink, stop: close } = await boot(env, log, root);
  const background = startBackground(runtime);
  // What the last requests left to be done is done before the database goes.
  const stop = () => background.stop().finally(close);
  try {
    if (env.workers === 1) await serve(runtime, stop);
    else await supervise(runtime, secretKey, stop);
    announce(env, log, setupLink, Date.now() - startedAt);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function supervise(runtime: Runtime, secretKey: Buffer, stop: () => Promise<void>): Promise<void> {
  const workers = startWorkers(runtime.env.workers, fileURLToPath(import.meta.url), runtime, secretKey);
  onSignal(runtime.log, () => workers.stop().then(stop));
  await workers.ready.catch(async (error) => {
    await workers.stop();
    throw error;
  });
}

/** Gives each request to whom it belongs. `stop` ends what this process holds, once everything is answered. */
async function serve(runtime: Runtime, stop: () => Promise<void>): Promise<void> {
  const { env, log } = runtime;
  const server = createServer({ maxHeaderSize: LONGEST_HEAD });
  const redis = env.redisUrl ? connectRedis(env.redisUrl, log) : undefined;
  const siblings = joinSiblings();
  const gate = createGate(runtime, pool(), {
    limits: redis ? sharedLimits(redis, siblings?.limits) : siblings?.limits,
    proofs: redis && sharedProofs(redis, async () => (await databaseNow()).getTime()),
  });
  siblings?.onDoubt(gate.doubt);
  // A command is acknowledged only after its change is known to this gate, and to those behind the same port. (Strict ones ask the database in any case.)
  onCommit(() => {
    gate.doubt();
    if (env.accessLog === 'buffered') return siblings?.tell();
  });
  const instance = join({
    databaseUrl: runtime.databaseUrl,
    port: env.port,
    log,
    heed: gate.heed,
    heeded: (seconds) => gate.metrics.heeded(seconds),
  });
  const pulse = takePulse(runtime.databaseUrl, log);
  const stopping = onStop(server, log, async () => {
    await gate.drained();
    await instance.leave();
    await pulse.close();
    redis?.close();
    await stop();
  });

  const dev = env.mode === 'development';
  // Where Next finds this server when it calls it itself: by the public address it may not be reached from here.
  process.env.__NEXT_PRIVATE_ORIGIN = ownAddress(env);
  // Next takes over connections that ask for an upgrade and, but for hot reload, never lets go of them: in production it listens
  // to a server that nobody reaches, and such a request is answered like any other (RFC 9110, section 7.8).
  const app = next({ dev, dir: root, hostname: env.host, port: env.port, httpServer: dev ? server : createServer() });
  await app.prepare();
  const enterConsole = app.getRequestHandler();
  const prepare = createFrontDoor(env, runtime.keys.self);
  const answerMetrics = createMetrics(gate, pool(), gatherMetrics);

  // Node would answer 417, without a word in the log, where a server may as well ignore it (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    if (stopping.isClosing) res.setHeader('connection', 'close');
    const target = originForm(req.url);
    if (target === null) return refuse(res, 400);
    req.url = target;
    const path = target.split('?', 1)[0];
    if (path === '/verify') return gate.handle(req, res);
    if (path === '/healthz') return answerHealth(res);
    if (path === '/readyz') return void answerReadiness(res, pulse, stopping.isStopping);
    if (path === '/metrics') return answerMetrics(req, res);
    letGoIfStalled(res);
    if (!prepare(req, res)) return;
    void screen(req, res, env).then((admitted) => admitted && whileDatabaseAnswers(pulse, admitted, res, enterConsole));
  });
  // Gateways keep connections: end idle ones later than they do, so that no request meets a closing one.
  server.keepAliveTimeout = 75_000;
  await listen(server, env);
}

async function listen(server: Server, { port, host }: Env): Promise<void> {
  try {
    await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, host, listening));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const setting = code === 'EADDRINUSE' || code === 'EACCES' ? 'PORT' : 'HOST';
    throw new SettingsError(`${setting}: cannot listen on port ${port} of ${host}: ${message}`);
  }
}

main().catch((error: Error) => {
  // The one place where a start ends: a sentence for people, the details for whoever wants them.
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  process.stderr.write(`\nLatchkey cannot start.\n${error.message}${cause}\n`);
  process.exit(1);
});
