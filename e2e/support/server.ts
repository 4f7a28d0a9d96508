import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '@/lib/boot/free-port';

const ROOT = resolve(import.meta.dirname, '../..');
// The first start of a test run may have to build.
const START_LIMIT = 300_000;

// A developer's own .env must not reach the tests: what is set to nothing counts as not set.
const SETTINGS = ['HOST', 'BASE_URL', 'DATABASE_URL', 'REDIS_URL', 'SECRET_KEY', 'SECRET_KEY_FILE', 'ADMIN_EMAIL', 'ADMIN_PASSWORD'];
const MORE_SETTINGS = ['TRUSTED_PROXIES', 'TOKEN_PREFIX', 'LOG_LEVEL', 'SINK_DIR', 'SINK_ALLOWED_NETWORKS'];

type Options = {
  /** Where its data lives: a new folder, or the one of a server that has ended. */
  dataDir: string;
  port?: number;
  /** Settings; those that name the port get to know it. */
  env?: Record<string, string> | ((port: number) => Record<string, string>);
};

/** A real Latchkey, in a process of its own. */
export type Server = {
  url: string;
  port: number;
  pid: number;
  dataDir: string;
  /** Everything that it has printed. */
  output: () => string;
  /** Resolves to the first match in what it prints. */
  prints: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end; gives the exit code, null when the signal itself ended it. */
  end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<number | null>;
};

/** Runs what `npm start` runs and waits until it is ready. */
export async function startServer({ dataDir, port, env }: Options): Promise<Server> {
  const chosen = port ?? (await freePort());
  const none = Object.fromEntries([...SETTINGS, ...MORE_SETTINGS].map((name) => [name, '']));
  const settings = typeof env === 'function' ? env(chosen) : env;
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'latchkey.mjs'), 'start'], {
    cwd: dataDir,
    env: { PATH, HOME, ...none, NODE_ENV: 'production', PORT: String(chosen), DATA_DIR: dataDir, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = collect(child);
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const server: Server = {
    url: settings?.BASE_URL ?? `http://localhost:${chosen}`,
    port: chosen,
    pid: child.pid ?? 0,
    dataDir,
    output: printed.text,
    prints: (pattern) => printed.match(pattern, ended),
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
  const limit = setTimeout(() => child.kill('SIGKILL'), START_LIMIT);
  await server.prints(/Latchkey is ready/);
  clearTimeout(limit);
  return server;
}

/** A new folder for a server's data. */
export async function newDataDir(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Ends the database that a killed server has left behind, if there is one. */
export async function endDatabase(dataDir: string): Promise<void> {
  const content = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(content.split('\n')[0]);
  if (pid > 1) process.kill(pid, 'SIGKILL');
}

function collect(child: ChildProcess) {
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const listener of listeners) listener();
    });
  }
  return {
    text: () => text,
    match: (pattern: RegExp, ended: Promise<unknown>) =>
      new Promise<RegExpExecArray>((found, failed) => {
        const look = () => {
          const match = pattern.exec(text);
          if (!match) return;
          listeners.delete(look);
          found(match);
        };
        listeners.add(look);
        look();
        void ended.then(() => failed(new Error(`the server ended before it printed ${pattern}:\n${text}`)));
      }),
  };
}
