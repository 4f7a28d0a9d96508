import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { parseEnv } from '@/lib/env';
import { deriveKeys } from '@/lib/keys';
import { installRuntime } from '@/lib/runtime';

/** The way into the embedded database of a server that runs on this folder. */
export async function databaseUrl(dataDir: string): Promise<string> {
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim();
  return `postgresql://latchkey:${password}@${encodeURIComponent(join(dataDir, 'run'))}:5432/latchkey`;
}

/** Lets this process call the commands of `lib` on the data of a running server, as another instance of it would. */
export async function joinServer({ url, dataDir }: { url: string; dataDir: string }): Promise<void> {
  const secretKey = (await readFile(join(dataDir, 'secret-key'), 'utf8')).trim();
  const database = await databaseUrl(dataDir);
  installRuntime({
    env: parseEnv({ NODE_ENV: 'test', BASE_URL: url, DATABASE_URL: database, SECRET_KEY: secretKey }),
    keys: deriveKeys(Buffer.from(secretKey, 'base64')),
    log: pino({ level: 'silent' }),
    databaseUrl: database,
    ledgerUrl: database,
  });
}
