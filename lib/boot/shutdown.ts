import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';

const LIMIT = 8000;
// npm passes Ctrl-C on to a program that has had it from the terminal already: what follows so soon is the same signal.
const ECHO = 500;

/**
 * On SIGTERM or Ctrl-C: takes no new connections, lets requests in flight end (at most 8 s), then runs `finish` and exits.
 * A second signal ends at once.
 */
export function onStop(server: Server, log: Logger, finish: () => Promise<void>): { readonly isStopping: boolean } {
  const state = { isStopping: false };
  const close = closer(server);
  let since = 0;
  const stop = async (signal: NodeJS.Signals) => {
    if (state.isStopping && Date.now() - since < ECHO) return;
    if (state.isStopping) process.exit(1);
    state.isStopping = true;
    since = Date.now();
    log.info({ signal }, 'stopping');
    await close(LIMIT);
    await finish();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((error) => {
        log.error({ err: error }, 'stop failed');
        process.exit(1);
      });
    });
  }
  return state;
}

/**
 * Gives what closes `server`: it waits for requests in flight, at most `limit` milliseconds, then ends every connection. Node's own
 * closeAllConnections() forgets those that left HTTP: one of them would keep the server from ever closing.
 */
export function closer(server: Server): (limit: number) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return async (limit) => {
    if (!server.listening) return;
    const closed = new Promise((done) => server.close(done));
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, limit);
    await closed;
    clearTimeout(timer);
  };
}
