import cluster from 'node:cluster';
import type { Server } from 'node:http';
import { type Socket, Server as TcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

const LIMIT = 8000;
// All of a stop, so that it is over before those who asked for it (workers.ts, a supervisor after 10 s) end the process themselves.
const WHOLE = 9500;
const WHOLE_OF_WORKER = 8500;
// npm passes Ctrl-C on to a program that has had it from the terminal already: what follows so soon is the same signal.
const ECHO = 500;

// Balancers see /readyz and send nobody any more: then nobody is left in the queue before the door when it closes.
const QUIET = 150;
const LONGEST_UNTIL_QUIET = 3000;
// A connection that nobody has used for so long after the door closed is idle; on one that is used, its last answer says so.
const PARTING = 500;

/** How far a stop has come. */
type Stopping = {
  /** Nobody new shall come. */
  readonly isStopping: boolean;
  /** Nobody new can come, and every answer is the last on its connection. */
  readonly isClosing: boolean;
};

/**
 * On SIGTERM or Ctrl-C: waits until no new connections come (at most 3 s), takes no more, lets requests in flight end (at most 8 s in
 * all), then runs `finish` and exits, within 9.5 s whatever hangs. A second signal ends at once.
 */
export function onStop(server: Server, log: Logger, finish: () => Promise<void>): Stopping {
  const closing = closer(server);
  const signalled = onSignal(log, async () => {
    await closing.close(Math.min(LIMIT, whole() - 1000));
    await finish();
  });
  return {
    get isStopping() {
      return signalled.isStopping;
    },
    get isClosing() {
      return closing.isClosing;
    },
  };
}

function whole(): number {
  return cluster.isWorker ? WHOLE_OF_WORKER : WHOLE;
}

/** On SIGTERM or Ctrl-C: runs `finish` and exits, within 9.5 s whatever hangs. A second signal ends at once. */
export function onSignal(log: Logger, finish: () => Promise<void>): { readonly isStopping: boolean } {
  let since: number | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    if (since !== undefined && Date.now() - since < ECHO) return;
    if (since !== undefined) process.exit(1);
    since = Date.now();
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('stop took too long: what could not be written by now is lost');
      process.exit(1);
    }, whole());
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
  return {
    get isStopping() {
      return since !== undefined;
    },
  };
}

/**
 * Gives what closes `server`: it waits for requests in flight, at most `limit` milliseconds, then ends every connection. Node's own
 * closeAllConnections() forgets those that left HTTP: one of them would keep the server from ever closing.
 */
export function closer(server: Server): { readonly isClosing: boolean; close: (limit: number) => Promise<void> } {
  const sockets = new Set<Socket>();
  let newest = 0;
  let isClosing = false;
  server.on('connection', (socket) => {
    newest = Date.now();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function untilQuiet(): Promise<void> {
    const deadline = Date.now() + LONGEST_UNTIL_QUIET;
    do await sleep(QUIET);
    while (Date.now() - newest < QUIET && Date.now() < deadline);
  }

  return {
    get isClosing() {
      return isClosing;
    },
    async close(limit) {
      if (!server.listening) return;
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, limit);
      await untilQuiet();
      isClosing = true;
      // Not http.Server's own close(): it ends idle connections at once, on which the next request may be on its way already.
      const closed = new Promise((done) => TcpServer.prototype.close.call(server, done));
      const idle = setInterval(() => server.closeIdleConnections(), PARTING);
      await closed;
      clearInterval(idle);
      clearTimeout(timer);
    },
  };
}
