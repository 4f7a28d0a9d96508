import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import next from 'next';
import { announce } from '@/lib/boot/announce';
import { boot } from '@/lib/boot/boot';
import { createFrontDoor } from '@/lib/boot/front-door';
import { answerHealth, answerReadiness } from '@/lib/boot/health';
import { createLog } from '@/lib/boot/log';
import { originForm } from '@/lib/boot/request-target';
import { refuse, screen } from '@/lib/boot/screen';
import { onStop } from '@/lib/boot/shutdown';
import { pool } from '@/lib/db';
import { type Env, parseEnv, SettingsError } from '@/lib/env';
import { createGate } from '@/lib/gate/verify';

const startedAt = Date.now();
const root = process.cwd();

/** Boot in order, then give each request to whom it belongs. */
async function main(): Promise<void> {
  const env = parseEnv();
  const log = createLog(env);
  const server = createServer();
  const { runtime, setupLink, stop } = await boot(env, log, root);
  const gate = createGate(runtime, pool());
  const stopping = onStop(server, log, async () => {
    await gate.drained();
    await stop();
  });

  try {
    const dev = env.mode === 'development';
    // Next takes over connections that ask for an upgrade and, but for hot reload, never lets go of them: in production it listens
    // to a server that nobody reaches, and such a request is answered like any other (RFC 9110, section 7.8).
    const app = next({ dev, dir: root, hostname: env.host, port: env.port, httpServer: dev ? server : createServer() });
    await app.prepare();
    const enterConsole = app.getRequestHandler();
    const prepare = createFrontDoor(env);

    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      if (stopping.isClosing) res.setHeader('connection', 'close');
      const target = originForm(req.url);
      if (target === null) return refuse(res, 400);
      req.url = target;
      const path = target.split('?', 1)[0];
      if (path === '/verify') return gate.handle(req, res);
      if (path === '/healthz') return answerHealth(res);
      if (path === '/readyz') return void answerReadiness(res, pool(), stopping.isStopping);
      if (prepare(req, res)) void screen(req, res, env).then((admitted) => admitted && enterConsole(admitted, res));
    });
    // Gateways keep connections: end idle ones later than they do, so that no request meets a closing one.
    server.keepAliveTimeout = 75_000;
    await listen(server, env);
    announce(env, log, setupLink, Date.now() - startedAt);
  } catch (error) {
    await stop();
    throw error;
  }
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
