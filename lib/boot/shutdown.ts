import type { Server } from 'node:http';
import type { Logger } from 'pino';

const LIMIT = 8000;

/**
 * On SIGTERM or Ctrl-C: takes no new connections, lets requests in flight end (at most 8 s), then runs `finish` and exits.
 * A second signal ends at once.
 */
export function onStop(server: Server, log: Logger, finish: () => Promise<void>): { readonly isStopping: boolean } {
  const state = { isStopping: false };
  const stop = async (signal: NodeJS.Signals) => {
    if (state.isStopping) process.exit(1);
    state.isStopping = true;
    log.info({ signal }, 'stopping');
    const closed = server.listening ? new Promise((done) => server.close(done)) : Promise.resolve();
    const limit = setTimeout(() => server.closeAllConnections(), LIMIT);
    await closed;
    clearTimeout(limit);
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
