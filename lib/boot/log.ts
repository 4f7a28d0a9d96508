import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Env } from '@/lib/env';

// Whatever carries a secret by its name is blanked wherever somebody logs it by mistake.
const SECRET_NAMES = [
  'authorization',
  'cookie',
  '["x-api-key"]',
  '["set-cookie"]',
  'password',
  'secret',
  'code',
  'databaseUrl',
  'ledgerUrl',
];

/** The process's log: JSON lines on stdout, readable lines on a terminal. */
export function createLog(env: Pick<Env, 'logLevel'>): Logger {
  const paths = SECRET_NAMES.flatMap((name) =>
    name.startsWith('[') ? [name, `*${name}`, `*.headers${name}`] : [name, `*.${name}`, `*.headers.${name}`],
  );
  const options = { level: env.logLevel, base: undefined, redact: { paths, censor: '[redacted]' } };
  if (!process.stdout.isTTY) return pino(options, pino.destination({ fd: 1, sync: true }));
  return pino(options, pretty({ colorize: true, translateTime: 'HH:MM:ss', sync: true }));
}
