import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { exists, writePrivate } from '@/lib/boot/files';
import { freePort } from '@/lib/boot/free-port';
import type { RoleUrls } from '@/lib/boot/migrate';
import { binaries } from '@/lib/boot/postgres-binaries';
import { type Launch, launcher } from '@/lib/boot/postgres-launch';
import { stopLeftover } from '@/lib/boot/postgres-leftover';
import { ensureRole, letIn } from '@/lib/boot/roles';
import { APPLICATION_ROLE, LEDGER_ROLE } from '@/lib/db';

/** A running embedded PostgreSQL. */
export type EmbeddedPostgres = {
  /** Connection string of the role that owns the tables (not a superuser). */
  url: string;
  /** Connection strings of the application's role and of the ledger's, which can become no other; good until the next start. */
  signIns: RoleUrls;
  /** Connection string of the superuser: for tests and maintenance, never for serving. */
  superuserUrl: string;
  /** Process id of the server now running, for tests that kill it. */
  pid: () => number | undefined;
  /** Stops it (fast shutdown: open transactions roll back) and waits for its end. */
  stop: () => Promise<void>;
};

const OWNER = 'latchkey';
const DATABASE = 'latchkey';
// The longest path that a Unix socket may have is 103 bytes on macOS; PostgreSQL appends "/.s.PGSQL.5432".
const LONGEST_SOCKET_FOLDER = 85;
const START_LIMIT = 60_000;
const LEAST_CONNECTIONS = 100;

type Address = { host: string; port: number };

/**
 * Initialises (the first time) and starts PostgreSQL in `dataDir`, brings it back when it dies, and gives the way in.
 * Recovers what a crash left behind. `dataDir` must be locked by the caller: see lock.ts. It allows at least so many `connections`, and 100.
 */
export async function startEmbedded(dataDir: string, log: Logger, connections = 0): Promise<EmbeddedPostgres> {
  const cluster = join(dataDir, 'postgres');
  const launch = await launcher(dataDir, await binaries(), log);
  const password = await superuserPassword(dataDir);
  await stopLeftover(cluster, log);
  if (!(await exists(cluster))) await initialise(cluster, dataDir, password, launch);
  const address = await chooseAddress(dataDir, launch);
  const server = supervise(cluster, address, Math.max(LEAST_CONNECTIONS, connections), launch, log);
  const url = (user: string, database: string, secret = password) =>
    `postgresql://${user}:${secret}@${encodeURIComponent(address.host)}:${address.port}/${database}`;
  const [applicationPassword, ledgerPassword] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  try {
    await untilReady(url('postgres', 'postgres'), server);
    await ensureOwner(url('postgres', 'postgres'), password);
    for (const [role, secret] of [
      [APPLICATION_ROLE, applicationPassword],
      [LEDGER_ROLE, ledgerPassword],
    ] as const) {
      await ensureRole(url('postgres', DATABASE), OWNER, role);
      await letIn(url('postgres', DATABASE), role, secret);
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: url(OWNER, DATABASE),
    signIns: {
      applicationUrl: url(APPLICATION_ROLE, DATABASE, applicationPassword),
      ledgerUrl: url(LEDGER_ROLE, DATABASE, ledgerPassword),
    },
    superuserUrl: url('postgres', 'postgres'),
    pid: () => server.pid(),
    stop: () => server.stop(),
  };
}

async function superuserPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres-password');
  if (!(await exists(path))) {
    if (await exists(join(dataDir, 'postgres'))) throw new Error(`${path} is missing: restore it from a backup of the data folder`);
    await writePrivate(path, randomBytes(24).toString('hex'));
  }
  return (await readFile(path, 'utf8')).trim();
}

/** initdb into a folder beside, renamed when done: a crash half-way leaves nothing that looks like a database. */
async function initialise(cluster: string, dataDir: string, password: string, launch: Launch): Promise<void> {
  const unfinished = `${cluster}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  const passwordFile = join(dataDir, 'initdb-password');
  await writePrivate(passwordFile, password);
  if (launch.user) {
    await chown(unfinished, launch.user.uid, launch.user.gid);
    await chown(passwordFile, launch.user.uid, launch.user.gid);
  }
  try {
    await run(launch, launch.bin.initdb, [
      `--pgdata=${unfinished}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--locale=C.UTF-8',
      '--builtin-locale=C.UTF-8',
    ]);
    await rename(unfinished, cluster);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function run(launch: Launch, command: string, args: string[]): Promise<void> {
  const child = launch.spawn(command, args);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`${command} failed: ${output.trim()}`);
}

async function chooseAddress(dataDir: string, launch: Launch): Promise<Address> {
  if (process.platform === 'win32') return { host: '127.0.0.1', port: await freePort() };
  let folder = join(dataDir, 'run');
  if (Buffer.byteLength(folder) > LONGEST_SOCKET_FOLDER) folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (launch.user) await chown(folder, launch.user.uid, launch.user.gid);
  return { host: folder, port: 5432 };
}

/** Megabytes for the database's own cache: a sixteenth of what the machine or its container has, from 128 to 1024. Taken only as far as it is used. */
function cacheSize(): number {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.round(Math.min(1024, Math.max(128, memory / 16 / 1024 ** 2)));
}

function supervise(cluster: string, address: Address, connections: number, launch: Launch, log: Logger) {
  let stopping = false;
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  const isSocket = address.host.startsWith('/');
  const args = [
    ...['-D', cluster, '-p', String(address.port)],
    ...['-c', isSocket ? 'listen_addresses=' : `listen_addresses=${address.host}`],
    ...['-c', `unix_socket_directories=${isSocket ? address.host : ''}`, '-c', 'unix_socket_permissions=0700'],
    ...['-c', 'fsync=on', '-c', 'synchronous_commit=on', '-c', 'full_page_writes=on'],
    ...[
      '-c',
      `max_connections=${connections}`,
      '-c',
      'max_locks_per_transaction=256',
      '-c',
      `shared_buffers=${cacheSize()}MB`,
      '-c',
      'max_wal_size=1GB',
      '-c',
      'jit=off',
    ],
    ...['-c', 'log_destination=stderr', '-c', 'logging_collector=off', '-c', 'log_min_messages=warning', '-c', 'timezone=UTC'],
    ...['-c', 'log_min_error_statement=panic', '-c', 'log_statement=none'],
  ];

  const start = () => {
    // In a process group of its own: Ctrl-C in the terminal is for Latchkey, which stops the database last.
    const started = launch.spawn(launch.bin.postgres, args, { detached: true });
    child = started;
    started.stderr?.setEncoding('utf8').on('data', (text: string) => log.debug({ postgres: text.trim() }, 'postgres says'));
    started.stdout?.resume();
    ended = new Promise((done) => {
      started.once('error', (error) => log.error({ err: error }, 'postgres could not be started'));
      started.once('close', () => done());
    });
    void ended.then(async () => {
      if (stopping) return;
      log.error('the database ended; starting it again');
      await stopLeftover(cluster, log).catch((error) => log.error({ err: error }, 'leftover of the database'));
      await sleep(200);
      if (!stopping) start();
    });
  };
  start();
  // A stop that took too long ends this process before the database has ended: it is told all the same.
  process.once('exit', () => child?.kill('SIGINT'));

  return {
    pid: () => child?.pid,
    async stop() {
      stopping = true;
      child?.kill('SIGINT');
      await ended;
    },
  };
}

async function untilReady(url: string, server: { pid: () => number | undefined }): Promise<void> {
  const deadline = Date.now() + START_LIMIT;
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`the embedded database (process ${server.pid()}) did not start`, { cause: error });
      await sleep(50);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

async function ensureOwner(url: string, password: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [OWNER]);
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${OWNER} LOGIN PASSWORD '${password}'`);
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
  } finally {
    await client.end();
  }
}
