import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { AppError } from '@/lib/errors';
import { Prisma, PrismaClient } from '@/lib/generated/prisma/client';
import { runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

/** A client inside a transaction: what helpers of commands take. */
export type Tx = Prisma.TransactionClient;

const CONNECTIONS = 16;

/** The connections that one of `processes` on this machine has for its requests: they share what one would use, down to what a page and the gate need at once. */
function connectionsEach(processes: number): number {
  return Math.max(6, Math.floor(CONNECTIONS / processes));
}

// For each process that serves: its place among the instances, and the database's pulse.
const BESIDE_REQUESTS = 2;
// For the process that boots: what it has for itself, the background's jobs, and what a database keeps back or is asked by hand.
const BESIDE_PROCESSES = 40;

/** The connections that Latchkey may want at once with so many processes that serve. */
export function connectionsWanted(processes: number): number {
  return processes * (connectionsEach(processes) + BESIDE_REQUESTS) + BESIDE_PROCESSES;
}

const slot = Symbol.for('latchkey.database');
const holder = globalThis as { [slot]?: { pool: Pool; client: PrismaClient } };

/** The role that the application works as: it may add audit events but not change or remove them. */
export const APPLICATION_ROLE = 'latchkey_app';

/** The role that seals the log and prunes it as the policy says: what serves requests does neither. */
export const LEDGER_ROLE = 'latchkey_ledger';

function open() {
  const { databaseUrl, env, log } = runtime();
  const pool = new Pool({
    connectionString: databaseUrl,
    max: connectionsEach(env.workers),
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // A database that hangs must not hang the console or the gate.
    query_timeout: 15_000,
    application_name: 'latchkey',
  });
  // An idle connection that the server closed; the pool opens another when one is wanted.
  // Its reason alone: the driver hangs the whole connection on the error, the key to cancel its queries included.
  pool.on('error', ({ message }) => {
    if (!pool.ending) log.warn({ reason: message }, 'database connection lost');
  });
  return { pool, client: new PrismaClient({ adapter: new PrismaPg(pool) }) };
}

function opened() {
  holder[slot] ??= open();
  return holder[slot];
}

/** The one Prisma client of the process, opened at first use. */
export function db(): PrismaClient {
  return opened().client;
}

/** The connections under `db()`, for the gate's prepared statements and for reading many events of the log. */
export function pool(): Pool {
  return opened().pool;
}

/** Closes every connection; the next use opens new ones. */
export async function closeDatabase(): Promise<void> {
  const current = holder[slot];
  holder[slot] = undefined;
  await current?.client.$disconnect();
  await current?.pool.end();
}

const listenersSlot = Symbol.for('latchkey.commits');
type Listener = () => unknown;
const commits = globalThis as { [listenersSlot]?: Set<Listener> };

/** Has `listener` called, and waited for, after every commit of a command in this process, before its caller hears of it. It must not throw. */
export function onCommit(listener: Listener): void {
  commits[listenersSlot] ??= new Set();
  commits[listenersSlot].add(listener);
}

/**
 * Runs one command: a transaction (read committed) and the database's clock, which dates everything in it.
 * What `work` throws rolls everything back and is thrown on. Refuses `no_answer` when the database went away while it
 * committed: then nobody knows whether the command was done.
 */
export async function transaction<T>(work: (tx: Tx, now: Date) => Promise<T>): Promise<T> {
  let isCommitting = false;
  const whole = async (tx: Tx) => {
    const result = await work(tx, await databaseNow(tx));
    isCommitting = true;
    return result;
  };
  return (
    db()
      .$transaction(whole, { maxWait: 5000, timeout: 10_000 })
      .catch((error: unknown) => {
        throw isCommitting && isUnavailable(error) ? new AppError('no_answer', {}, { cause: error }) : error;
      })
      // What may have been committed must not be judged by what was known before.
      .finally(() => (isCommitting ? tellOfCommit() : undefined))
  );
}

async function tellOfCommit(): Promise<void> {
  await Promise.all([...(commits[listenersSlot] ?? [])].map((listener) => listener()));
}

/** The database's clock: the only one that decides about validity. */
export async function databaseNow(tx: Tx = db()): Promise<Date> {
  const rows = await tx.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp()::timestamptz(3) AS now`;
  return rows[0].now;
}

/** Serialises all transactions that name the same `subject` until they end. */
export async function lock(tx: Tx, subject: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${subject}, 0))`;
}

/** What `write` gives; where it breaks a unique index, throws `refusal` in place of the database's words. */
export async function unlessTaken<T>(write: Promise<T>, refusal: Error): Promise<T> {
  return write.catch((error: unknown) => {
    throw error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002' ? refusal : error;
  });
}
