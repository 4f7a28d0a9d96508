import { access, chmod, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { flushThrottled } from '@/lib/auth/refusals';
import { createFirstAdmin, needsSetup } from '@/lib/auth/setup';
import { exists, makeFolder } from '@/lib/boot/files';
import { lockFolder } from '@/lib/boot/lock';
import { migrate } from '@/lib/boot/migrate';
import { startEmbedded } from '@/lib/boot/postgres';
import { withClient } from '@/lib/boot/roles';
import { loadSecretKey } from '@/lib/boot/secret-key';
import { closeDatabase, connectionsWanted } from '@/lib/db';
import { type Env, SettingsError } from '@/lib/env';
import { deriveKeys } from '@/lib/keys';
import { installRuntime, type Runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

const DATABASE_PATIENCE = 60_000;

/** A booted Latchkey, before it serves. */
export type Booted = {
  runtime: Runtime;
  /** What all keys derive from. */
  secretKey: Buffer;
  /** The link with which the first administrator is made, while nobody has an account. */
  setupLink: string | undefined;
  /** Closes connections and stops the embedded database. */
  stop: () => Promise<void>;
};

/** Settings in, a ready database and keys out. Throws with a message for people when something is in the way. */
export async function boot(env: Env, log: Logger, root: string): Promise<Booted> {
  await checkPlaces(env);
  // A key that is given is read before a database is waited for: what is wrong with it is said at once.
  const given = env.databaseUrl ? await loadSecretKey(env) : undefined;
  const database = env.databaseUrl ? await external(env.databaseUrl, env.workers, log) : await embedded(env, log);
  try {
    const secretKey = given ?? (await loadSecretKey(env));
    const keys = deriveKeys(secretKey);
    const { applicationUrl, ledgerUrl } = await migrate(database.url, keys.id, root, log, database.signIns);
    const runtime: Runtime = { env, keys, log, databaseUrl: applicationUrl, ledgerUrl };
    installRuntime(runtime);
    if (env.admin) await createFirstAdmin(env.admin);
    const setupLink = (await needsSetup()) ? `${env.baseUrl}/setup?code=${keys.setupCode}` : undefined;
    const stop = () => release(log).finally(database.stop);
    return { runtime, secretKey, setupLink, stop };
  } catch (error) {
    await closeDatabase().finally(database.stop);
    throw error;
  }
}

/** Writes what this process still holds and closes its connections. */
export async function release(log: Logger): Promise<void> {
  // Throttled sign-ins that were counted and not yet written.
  await flushThrottled().catch((error) => log.error({ err: error }, 'throttled sign-ins not recorded'));
  await closeDatabase();
}

async function embedded(env: Env, log: Logger) {
  await ownFolder(env.dataDir);
  const lock = await lockFolder(env.dataDir);
  try {
    await loadSecretKey(env); // a key is there, and right in form, before there is data that needs it
    const postgres = await startEmbedded(env.dataDir, log, connectionsWanted(env.workers));
    return { url: postgres.url, signIns: postgres.signIns, stop: async () => postgres.stop().finally(() => lock.close()) };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Makes the folder, or closes it to everybody else. */
async function ownFolder(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir);
    await chmod(dataDir, 0o700);
  } catch (error) {
    throw new SettingsError(`DATA_DIR: ${dataDir} cannot be used: ${(error as Error).message}`);
  }
}

/** Refuses places for what goes out of the database that cannot be written to: better now than with the first checkpoint. */
async function checkPlaces({ checkpointFile, sinkDir }: Env): Promise<void> {
  const refuse = (name: string) => (error: Error) => {
    throw new SettingsError(`${name}: cannot be written to: ${error.message}`);
  };
  if (checkpointFile) {
    const there = (await exists(checkpointFile).catch(refuse('CHECKPOINT_FILE'))) ? checkpointFile : dirname(checkpointFile);
    await access(there, constants.W_OK).catch(refuse('CHECKPOINT_FILE'));
  }
  if (sinkDir) {
    await makeFolder(sinkDir).catch(refuse('SINK_DIR'));
    await access(sinkDir, constants.W_OK).catch(refuse('SINK_DIR'));
  }
}

const ALLOWED = `SELECT current_setting('max_connections')::int AS connections`;
type Allowed = { connections: number };

/** Waits for a database that is still starting, as after a reboot of everything. */
async function external(url: string, workers: number, log: Logger) {
  for (const deadline = Date.now() + DATABASE_PATIENCE; ; ) {
    try {
      const { rows } = await withClient(url, (client) => client.query<Allowed>(ALLOWED));
      const [wanted, allowed] = [connectionsWanted(workers), rows[0]?.connections ?? 0];
      // Others may use that database too, or fewer connections be wanted than could be: no reason not to start.
      if (allowed < wanted)
        log.warn({ allowed, wanted }, 'the database allows fewer connections than Latchkey may want with so many WORKERS');
      return { url, signIns: undefined, stop: async () => {} };
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline) {
        throw new Error(`DATABASE_URL: the database cannot be reached: ${(error as Error).message}`, { cause: error });
      }
      log.warn({ reason: (error as Error).message }, 'waiting for the database');
      await sleep(1000);
    }
  }
}
