import type { Logger } from 'pino';
import type { Env } from '@/lib/env';
import type { Keys } from '@/lib/keys';

/** What boot found out and everything else needs. */
export type Runtime = {
  env: Env;
  keys: Keys;
  log: Logger;
  /** Connection string of the application's role. */
  databaseUrl: string;
  /** Connection string of the role that seals and prunes the log. */
  ledgerUrl: string;
};

// What server.ts imports and what Next bundles are two module graphs in one process; this symbol is where they meet.
const slot = Symbol.for('latchkey.runtime');
const holder = globalThis as { [slot]?: Runtime };

/** Called once by boot (and by the tests' set-up) before anything else runs. */
export function installRuntime(runtime: Runtime): void {
  holder[slot] = runtime;
}

/** The running process's settings, keys and log. Throws when nothing has booted it. */
export function runtime(): Runtime {
  if (!holder[slot]) throw new Error('Latchkey has not been started: use npm start or npm run dev');
  return holder[slot];
}
