import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientBase } from 'pg';
import type { Logger } from 'pino';

/** Work that one process over a database does for all, again and again. */
export type Job = {
  /** For the log, and the name of its connection. */
  name: string;
  /** Connection string of a role of its own. Left out: the application's. */
  url?: string;
  /** Milliseconds between the end of one round and the next. */
  pause: number;
  /**
   * One round, on a connection of its own. True: there is more to do at once. What it throws is logged, and
   * the next round has a new connection. It should end soon after `signal`; a stop lets it do one more round, so that nothing is left.
   */
  work: (client: ClientBase, signal: AbortSignal) => Promise<boolean>;
};

/** A candidate for the background work. */
export type Leader = {
  /** Whether this process does the work now. */
  readonly leads: boolean;
  /** Ends the work after a last round (at most 3 s) and lets go of the leadership. */
  stop: () => Promise<void>;
};

// "leader" and "keep" in ASCII, as the migrations' lock is "latchkey".
const LEADER_LOCK = '7809644627822568826';
const RETRY = 1000;
const LAST_ROUND = 3000;
const COMPLAIN_EVERY = 60_000;
// Over a longer pause a job's connection is not kept.
const KEEP = 10_000;
// A leader whose machine vanished without a word: its connection, and the lock with it, is gone 8 seconds later.
const VANISHED = '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=2';

/**
 * Does `jobs` whenever this process is the leader of all that do so over this database: the one that holds an advisory lock, on a connection
 * that does nothing else. When that ends, however it ends, another takes over within about a second.
 *
 * The lock keeps two from doing the same work, not from harm: a job that lost it may finish its round. What must not happen twice is
 * kept from it by the job's own transactions.
 */
export function lead(connectionString: string, jobs: readonly Job[], log: Logger): Leader {
  const stopping = new AbortController();
  let leads = false;

  async function campaign(): Promise<void> {
    let complained = false;
    while (!stopping.signal.aborted) {
      try {
        await reign(() => {
          complained = false;
        });
      } catch (error) {
        // While the database is away every try fails alike.
        if (!complained) log.warn({ reason: (error as Error).message }, 'background work waits for the database');
        complained = true;
      }
      leads = false;
      await pause(RETRY, stopping.signal);
    }
  }

  /** Waits for the lock, then works until the connection that holds it is lost, or everything stops. */
  async function reign(onConnected: () => void): Promise<void> {
    const lost = new AbortController();
    const client = open(connectionString, 'latchkey leader', () => lost.abort());
    await client.connect();
    try {
      onConnected();
      const ending = AbortSignal.any([stopping.signal, lost.signal]);
      // Each job listens, and the console of Node would warn of so many.
      setMaxListeners(0, ending, lost.signal);
      while (!(await takesLock(client))) {
        await pause(RETRY, ending);
        if (ending.aborted) return;
      }
      leads = true;
      log.info('this process does the background work');
      const rounds = jobs.map((job) => repeat(job, job.url ?? connectionString, ending, lost.signal, log));
      await watch(client, ending).catch(() => lost.abort());
      await Promise.race([Promise.all(rounds), sleep(LAST_ROUND, undefined, { ref: false })]);
    } finally {
      leads = false;
      await client.end().catch(() => {});
    }
  }

  const ended = campaign();
  return {
    get leads() {
      return leads;
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** Rounds of one job until `ending`, and one after it unless the leadership is `lost`. */
async function repeat(job: Job, connectionString: string, ending: AbortSignal, lost: AbortSignal, log: Logger): Promise<void> {
  let client: Client | undefined;
  let complainedAt = Number.NEGATIVE_INFINITY;
  for (let isLast = false; !isLast && !lost.aborted; ) {
    isLast = ending.aborted;
    let hasMore = false;
    try {
      client ??= await connected(connectionString, `latchkey ${job.name}`);
      hasMore = await job.work(client, ending);
    } catch (error) {
      if (performance.now() - complainedAt > COMPLAIN_EVERY) {
        complainedAt = performance.now();
        log.error({ err: error, job: job.name }, 'background work failed; it is tried again');
      }
      await client?.end().catch(() => {});
      client = undefined;
    }
    if (hasMore || isLast) continue;
    if (job.pause > KEEP) {
      await client?.end().catch(() => {});
      client = undefined;
    }
    await pause(job.pause, ending);
  }
  await client?.end().catch(() => {});
}

/** Asks the connection now and then whether it is there: one that only waits would not notice. Ends with `ending`. */
async function watch(client: Client, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    await client.query('SELECT 1');
    await pause(2 * RETRY, ending);
  }
}

async function takesLock(client: Client): Promise<boolean> {
  return (await client.query('SELECT pg_try_advisory_lock($1) AS taken', [LEADER_LOCK])).rows[0].taken;
}

function open(connectionString: string, name: string, onLost: () => void = () => {}): Client {
  const url = new URL(connectionString);
  url.searchParams.set('options', [url.searchParams.get('options'), VANISHED].filter(Boolean).join(' '));
  // URLSearchParams writes a space as "+", which PostgreSQL's drivers read as a plus.
  url.search = url.search.replaceAll('+', '%20');
  const client = new Client({
    connectionString: url.toString(),
    application_name: name,
    connectionTimeoutMillis: 5000,
    query_timeout: 15_000,
    keepAlive: true,
  });
  client.on('error', onLost);
  client.on('end', onLost);
  return client;
}

async function connected(connectionString: string, name: string): Promise<Client> {
  const client = open(connectionString, name);
  await client.connect();
  return client;
}

/** Waits so long, or until `signal`. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
