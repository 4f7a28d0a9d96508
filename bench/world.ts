import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { freePort } from '@/lib/boot/free-port';
import { migrate } from '@/lib/boot/migrate';
import { startEmbedded } from '@/lib/boot/postgres';
import { closeDatabase } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import { deriveKeys } from '@/lib/keys';
import { installRuntime } from '@/lib/runtime';

/** An embedded PostgreSQL of the benchmark's own (fsync on), migrated, with the runtime over it. */
export type World = {
  /** Connection string of the tables' owner. */
  ownerUrl: string;
  /** Settings for a server over this database: as the owner, who boots, and as the application's role, who serves. */
  settings: { DATABASE_URL: string; SECRET_KEY: string; NODE_ENV: 'production'; LOG_LEVEL: string };
  applicationUrl: string;
  ledgerUrl: string;
  close: () => Promise<void>;
};

/** A new one for this run; with BENCH_DIR the one in that folder, made when it is not there and kept afterwards, so that a large log is loaded once. */
export async function openWorld(): Promise<World> {
  const log = pino({ level: 'silent' });
  const { BENCH_DIR } = process.env;
  const dataDir = BENCH_DIR ? resolve(BENCH_DIR) : await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  await mkdir(dataDir, { recursive: true });
  const postgres = await startEmbedded(dataDir, log);
  const secretKey = await keyIn(join(dataDir, 'bench-key'));
  const keys = deriveKeys(secretKey);
  const { applicationUrl, ledgerUrl } = await migrate(postgres.url, keys.id, process.cwd(), log, postgres.signIns);
  const settings = {
    DATABASE_URL: postgres.url,
    SECRET_KEY: secretKey.toString('base64'),
    NODE_ENV: 'production' as const,
    LOG_LEVEL: 'warn',
  };
  installRuntime({ env: parseEnv(settings), keys, log, databaseUrl: applicationUrl, ledgerUrl });
  return {
    ownerUrl: postgres.url,
    settings,
    applicationUrl,
    ledgerUrl,
    async close() {
      await closeDatabase();
      await postgres.stop();
      if (!BENCH_DIR) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function keyIn(file: string): Promise<Buffer> {
  await writeFile(file, randomBytes(32), { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return readFile(file);
}

/** Starts Latchkey as `npm start` does, on a port of its own. Gives it once /readyz says yes, with how long that took. */
export async function startLatchkey(settings: Record<string, string>): Promise<{ url: string; child: ChildProcess; milliseconds: number }> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const { PATH, HOME } = process.env;
  const env: NodeJS.ProcessEnv = { PATH, HOME, NODE_ENV: 'production', ...settings, PORT: String(port) };
  const [, ...args] = (JSON.parse(await readFile('package.json', 'utf8')) as { scripts: { start: string } }).scripts.start.split(' ');
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Latchkey ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return { url, child, milliseconds: Math.round(performance.now() - started) };
    await new Promise((again) => setTimeout(again, 20));
  }
}

/** Ends a process that this benchmark started, and waits for its end. */
export async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

/** The value below which `share` of them lie. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
