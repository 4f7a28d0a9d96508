import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { exists } from '@/lib/boot/files';
import type { Binaries } from '@/lib/boot/postgres-binaries';
import { programEnv } from '@/lib/env';

const execute = promisify(execFile);
// Where programs that only root can reach are copied to: what the system keeps for its services. Not /var/lib/latchkey, which is
// what people choose for DATA_DIR: this folder is open to everybody.
const SHARED = '/var/lib/latchkey-postgresql';

/** How PostgreSQL's programs are started: as `user` when Latchkey runs as root, which PostgreSQL refuses to be. */
export type Launch = {
  user: { uid: number; gid: number } | undefined;
  bin: Binaries;
  spawn: (command: string, args: string[], options?: SpawnOptions) => ChildProcess;
};

/** Decides how to start PostgreSQL so that it reaches its programs and `dataDir`. Throws when there is no way. */
export async function launcher(dataDir: string, bin: Binaries, log: Logger): Promise<Launch> {
  const env = { ...programEnv(), LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
  if (process.getuid?.() !== 0) {
    return { user: undefined, bin, spawn: (command, args, options) => spawn(command, args, { ...options, env }) };
  }
  const user = await postgresUser();
  await chown(dataDir, user.uid, user.gid);
  const programs = (await reachable(bin.postgres)) ? bin : await copyPrograms(bin);
  if (await reachable(dirname(dataDir))) {
    return { user, bin: programs, spawn: (command, args, options) => spawn(command, args, { ...options, ...user, env }) };
  }
  // Below a private folder such as /root nobody but root may walk: lend PostgreSQL the one capability to walk and read.
  log.debug('PostgreSQL is lent CAP_DAC_READ_SEARCH, because its data is below a folder that only root may enter');
  const caps = '+dac_read_search';
  const lend = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', `--inh-caps=${caps}`, `--ambient-caps=${caps}`, '--'];
  await execute('setpriv', [...lend, programs.postgres, '--version']).catch((error) => {
    throw new Error(
      `PostgreSQL runs as the user "postgres", who cannot enter ${dirname(dataDir)}. ` +
        'Set DATA_DIR to a folder outside, run Latchkey as a user other than root, or set DATABASE_URL.',
      { cause: error },
    );
  });
  return { user, bin: programs, spawn: (command, args, options) => spawn('setpriv', [...lend, command, ...args], { ...options, env }) };
}

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await execute('id', [flag, 'postgres'])).stdout);
  const isThere = await execute('id', ['-u', 'postgres']).then(
    () => true,
    () => false,
  );
  if (!isThere) await execute('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** Whether everybody may walk down to `path` (and through it). */
async function reachable(path: string): Promise<boolean> {
  for (let step = path; ; step = dirname(step)) {
    if (((await stat(step)).mode & 0o001) === 0) return false;
    if (step === parse(step).root) return true;
  }
}

/** Copies PostgreSQL's programs, once, to where its user can run them; a copy that was broken off is never taken for one. */
async function copyPrograms(bin: Binaries): Promise<Binaries> {
  const source = resolve(bin.postgres, '../..');
  const { mtimeMs, size } = await stat(bin.postgres);
  const key = createHash('sha256').update(`${source} ${mtimeMs} ${size}`).digest('hex').slice(0, 16);
  const copy = join(SHARED, key);
  if (!(await exists(copy))) {
    const unfinished = `${copy}.${process.pid}`;
    await mkdir(SHARED, { recursive: true, mode: 0o755 });
    await cp(source, unfinished, { recursive: true, verbatimSymlinks: true });
    // Whatever umask they were installed under.
    await chmod(SHARED, 0o755);
    await execute('chmod', ['-R', 'a+rX', unfinished]);
    // Another start may have finished first: its copy is the same.
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}
