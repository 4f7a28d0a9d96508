import type { Logger } from 'pino';
import type { Env } from '@/lib/env';

/** Says where the console is, and how to begin while nobody has an account. */
export function announce(env: Env, log: Logger, setupLink: string | undefined, milliseconds: number): void {
  // Also where only warnings are logged: whoever starts it is told the address.
  log
    .child({}, { level: 'info' })
    .info({ url: env.baseUrl, host: env.host, port: env.port, startedIn: milliseconds }, `Latchkey is ready at ${env.baseUrl}`);
  if (!setupLink) return;
  // Not through the log: it is kept, and this is a one-time link for whoever sits at the terminal.
  process.stdout.write(`\n  Nobody has an account yet. Create the first administrator here:\n\n    ${setupLink}\n\n`);
}
