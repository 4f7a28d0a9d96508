import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { exists } from '@/lib/boot/files';
import { lockFolder } from '@/lib/boot/lock';
import { startEmbedded } from '@/lib/boot/postgres';
import { type Env, SettingsError } from '@/lib/env';

/** A way into the database, as its owner, for a command that is run beside a Latchkey or without one. */
export type Attached = { url: string; close: () => Promise<void> };

/** The database of these settings: that of DATABASE_URL, or the embedded one, started if no Latchkey runs on it. */
export async function attach(env: Env, log: Logger): Promise<Attached> {
  if (env.databaseUrl) return { url: env.databaseUrl, close: async () => {} };
  const cluster = join(env.dataDir, 'postgres');
  if (!(await exists(cluster))) throw new SettingsError(`DATA_DIR: there is no database in ${env.dataDir}`);
  const lock = await lockFolder(env.dataDir).catch(() => null);
  // Somebody else has the folder: a Latchkey that runs on it, whose database is there to be asked.
  if (!lock) return { url: await runningUrl(env.dataDir), close: async () => {} };
  try {
    const postgres = await startEmbedded(env.dataDir, log);
    return { url: postgres.url, close: () => postgres.stop().finally(() => lock.close()) };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Where the running server says that it listens: the lines of postmaster.pid are fixed (PostgreSQL's documentation, "postmaster.pid"). */
async function runningUrl(dataDir: string): Promise<string> {
  const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  const [port, folder, address] = [lines[3], lines[4], lines[5]].map((line) => line?.trim() ?? '');
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim();
  return `postgresql://latchkey:${password}@${encodeURIComponent(folder || address || '127.0.0.1')}:${port}/latchkey`;
}
