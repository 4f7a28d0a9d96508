import pino, { type DestinationStream, type Logger } from 'pino';
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

// A one-time code and what the system or PostgreSQL calls an error have one name, and no form in common.
const ERROR_CODE = /^(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|E[A-Z]{2,20}|[0-9A-Z]{5})$/;

function censor(value: unknown, path: string[]): unknown {
  return path.at(-1) === 'code' && typeof value === 'string' && ERROR_CODE.test(value) ? value : '[redacted]';
}

/** The process's log: JSON lines on stdout, readable lines on a terminal; or `to` somewhere else. */
export function createLog(env: Pick<Env, 'logLevel'>, to?: DestinationStream): Logger {
  const paths = SECRET_NAMES.flatMap((name) =>
    name.startsWith('[') ? [name, `*${name}`, `*.headers${name}`] : [name, `*.${name}`, `*.headers.${name}`],
  );
  const options = { level: env.logLevel, base: undefined, redact: { paths, censor } };
  if (to) return pino(options, to);
  if (!process.stdout.isTTY) return pino(options, pino.destination({ fd: 1, sync: true }));
  return pino(options, pretty({ colorize: true, translateTime: 'HH:MM:ss', sync: true }));
}
