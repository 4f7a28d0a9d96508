import { resolve } from 'node:path';
import { z } from 'zod';
import { type Network, readNetwork } from '@/lib/networks';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const cidr = z.string().transform((text, ctx) => {
  const network = readNetwork(text);
  if (!('problem' in network)) return network;
  const better = network.problem === 'host_bits' ? `; did you mean ${network.network}?` : '';
  ctx.addIssue({ code: 'custom', message: `"${text}" is not an address or CIDR range${better}` });
  return z.NEVER;
});

const cidrs = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .pipe(z.array(cidr));

const originUrl = z.string().transform((text, ctx) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    ctx.addIssue({ code: 'custom', message: 'must be an http or https address without a path, such as https://tokens.example.org' });
    return z.NEVER;
  }
  return url.origin;
});

const urlOf = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    );

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const ACCESS_LOGS = ['strict', 'buffered'] as const;

const settings = z
  .object({
    NODE_ENV: z.enum(['production', 'development', 'test']).default('production'),
    PORT: z
      .string()
      .regex(/^\d{1,5}$/, 'must be a port number')
      .transform(Number)
      .pipe(z.number().min(1, 'must be at least 1').max(65535, 'must be at most 65535'))
      .default(3000),
    HOST: z.string().min(1).default('127.0.0.1'),
    BASE_URL: originUrl.optional(),
    DATA_DIR: z
      .string()
      .min(1)
      .default('./data')
      .transform((path) => resolve(path)),
    DATABASE_URL: urlOf('postgres:', 'postgresql:').optional(),
    REDIS_URL: urlOf('redis:', 'rediss:').optional(),
    SECRET_KEY: z.string().optional(),
    SECRET_KEY_FILE: z.string().optional(),
    ADMIN_EMAIL: z.email('must be an e-mail address').optional(),
    ADMIN_PASSWORD: z.string().optional(),
    TRUSTED_PROXIES: cidrs,
    TOKEN_PREFIX: z
      .string()
      .regex(/^[a-z][a-z0-9]{0,15}$/, 'must be 1 to 16 lower-case letters and digits, beginning with a letter')
      .default('lk'),
    WORKERS: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a number of processes')
      .transform(Number)
      .pipe(z.number().min(1, 'must be at least 1').max(64, 'must be at most 64'))
      .default(1),
    ACCESS_LOG: z.enum(ACCESS_LOGS, `must be one of ${ACCESS_LOGS.join(', ')}`).default('strict'),
    CHECKPOINT_FILE: z
      .string()
      .transform((path) => resolve(path))
      .optional(),
    CHECKPOINT_WEBHOOK: urlOf('http:', 'https:').optional(),
    SINK_DIR: z
      .string()
      .min(1)
      .transform((path) => resolve(path))
      .optional(),
    SINK_ALLOWED_NETWORKS: cidrs,
    LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  })
  .refine((s) => !(s.SECRET_KEY && s.SECRET_KEY_FILE), {
    path: ['SECRET_KEY'],
    message: 'SECRET_KEY_FILE is set too: keep one of them',
  })
  .refine((s) => !s.DATABASE_URL || s.SECRET_KEY || s.SECRET_KEY_FILE, {
    path: ['SECRET_KEY'],
    message: 'this or SECRET_KEY_FILE is required with DATABASE_URL. Make one with: openssl rand -base64 32',
  })
  .refine((s) => !s.ADMIN_EMAIL === !s.ADMIN_PASSWORD, {
    path: ['ADMIN_EMAIL'],
    message: 'belongs together with ADMIN_PASSWORD: set both or neither',
  });

/** Every setting of the process, checked; see docs/settings.md. */
export type Env = {
  mode: 'production' | 'development' | 'test';
  port: number;
  host: string;
  /** Origin of the public address, without a trailing slash. */
  baseUrl: string;
  dataDir: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  secretKey: string | undefined;
  secretKeyFile: string | undefined;
  admin: { email: string; password: string } | undefined;
  trustedProxies: Network[];
  tokenPrefix: string;
  /** Whether a 200 of the gate waits until its access is on disk, or is answered at once and stored a moment later. */
  accessLog: (typeof ACCESS_LOGS)[number];
  /** The folder below which streams may write files; without it they may not. */
  sinkDir: string | undefined;
  /** Networks that are not public, or not encrypted to, and to which streams may go all the same. */
  sinkAllowedNetworks: Network[];
  /** Processes that serve. */
  workers: number;
  /** Where the log's checkpoints go besides the database: a file that they are added to, an address that they are sent to. */
  checkpointFile: string | undefined;
  checkpointWebhook: string | undefined;
  logLevel: string;
};

/** One or more settings are wrong; the message names each with its reason. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/** Checks `source` (by default the process's environment) and gives the settings. Throws SettingsError naming every bad one. */
export function parseEnv(source: Record<string, string | undefined> = process.env): Env {
  // An empty value in a .env file means "not set", as in every shell script.
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.map((issue) => `${String(issue.path[0] ?? 'settings')}: ${issue.message}`).join('\n'));
  }
  const s = parsed.data;
  return {
    mode: s.NODE_ENV,
    port: s.PORT,
    host: s.HOST,
    baseUrl: s.BASE_URL ?? `http://localhost:${s.PORT}`,
    dataDir: s.DATA_DIR,
    databaseUrl: s.DATABASE_URL,
    redisUrl: s.REDIS_URL,
    secretKey: s.SECRET_KEY,
    secretKeyFile: s.SECRET_KEY_FILE,
    admin: s.ADMIN_EMAIL && s.ADMIN_PASSWORD ? { email: s.ADMIN_EMAIL, password: s.ADMIN_PASSWORD } : undefined,
    trustedProxies: s.TRUSTED_PROXIES,
    tokenPrefix: s.TOKEN_PREFIX,
    accessLog: s.ACCESS_LOG,
    sinkDir: s.SINK_DIR,
    sinkAllowedNetworks: s.SINK_ALLOWED_NETWORKS,
    workers: s.WORKERS,
    checkpointFile: s.CHECKPOINT_FILE,
    checkpointWebhook: s.CHECKPOINT_WEBHOOK,
    logLevel: s.LOG_LEVEL,
  };
}

/** Whether an address is this machine's own, which browsers trust without https. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}

/** The origins that count as this console's own: BASE_URL, and while that is a loopback address its other spellings. */
export function ownOrigins(baseUrl: string): ReadonlySet<string> {
  const url = new URL(baseUrl);
  if (!isLoopback(baseUrl)) return new Set([url.origin]);
  return new Set([...LOOPBACK].map((host) => `${url.protocol}//${host}${url.port ? `:${url.port}` : ''}`));
}

/** The address at which this machine reaches the server. */
export function ownAddress({ host, port }: Pick<Env, 'host' | 'port'>): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** What another program needs of this process's environment to run: no setting, so no secret. */
export function programEnv(): NodeJS.ProcessEnv {
  const { NODE_ENV, PATH, SystemRoot } = process.env;
  return { NODE_ENV, PATH, SystemRoot };
}
