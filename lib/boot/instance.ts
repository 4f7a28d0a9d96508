import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { newId } from '@/lib/id';

const HEARTBEAT = 1000;
const PATIENCE = 2000;
const RECONNECT = 1000;
const DAY = 86_400_000;
const KEPT = '90 days';

// Not every version has a change of its own: a rename counts too.
const RECEIPT = `
  WITH given AS (
    INSERT INTO grant_receipt (instance_id, version, at) VALUES ($1, $2, clock_timestamp()) ON CONFLICT DO NOTHING RETURNING at, version
  )
  SELECT extract(epoch FROM given.at - change.at)::float8 AS lag FROM given JOIN grant_change change USING (version)`;

/** The place of this process among those that serve one database. */
export type Instance = {
  id: string;
  /** Says that it serves no longer, and closes its connection. */
  leave: () => Promise<void>;
};

type Options = {
  databaseUrl: string;
  port: number;
  log: Logger;
  /** Told of the version of all grants, before this instance gives its receipt for it. */
  heed: (version: number) => void;
  /** Told after how many seconds a change was heeded here, by the database's clock. */
  heeded?: (seconds: number) => void;
};

/**
 * Registers this process as an instance, shows every second that it lives, and gives a receipt for each version of all grants as soon
 * as its gate heeds it: told by PostgreSQL with the commit, or at the next heartbeat where that word is lost. The gate does
 * not depend on it: what it has cached is confirmed by the database in any case.
 */
export function join({ databaseUrl, port, log, heed, heeded: tellLag = () => {} }: Options): Instance {
  const id = newId(new Date());
  const name = `${hostname()}:${port} (${process.pid})`;
  const leaving = new AbortController();
  let client: Client | undefined;
  let heeded = -1;
  let receipt: Promise<unknown> = Promise.resolve();

  async function serve(): Promise<void> {
    const lost = new AbortController();
    client = new Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: PATIENCE,
      query_timeout: PATIENCE,
      keepAlive: true,
      application_name: 'latchkey instance',
    });
    client.on('error', (error) => lost.abort(error));
    client.on('notification', ({ payload }) => take(Number(payload)));
    await client.connect();
    await client.query('LISTEN latchkey_grants');
    for (let sweptAt = Number.NEGATIVE_INFINITY; !leaving.signal.aborted; ) {
      take(await beat(client));
      if (performance.now() - sweptAt > DAY) {
        await sweep(client);
        sweptAt = performance.now();
      }
      await sleep(HEARTBEAT, undefined, { signal: AbortSignal.any([lost.signal, leaving.signal]) }).catch(() => {});
      lost.signal.throwIfAborted();
    }
  }

  /** Shows that this process lives; gives the version of all grants. */
  async function beat(to: Client): Promise<number> {
    const { rows } = await to.query<{ version: string }>({
      name: 'instance-beat',
      text: `INSERT INTO instance (id, name, started_at, seen_at) VALUES ($1, $2, clock_timestamp(), clock_timestamp())
             ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()
             RETURNING (SELECT version FROM grant_version)`,
      values: [id, name],
    });
    return Number(rows[0]?.version);
  }

  function take(version: number): void {
    if (!(version > heeded)) return;
    const isFirst = heeded === -1;
    heeded = version;
    heed(version);
    // What it knew when it came: nothing was asked of it.
    if (isFirst) return;
    receipt = receipt.then(async () => {
      // A newer one says the same of this one.
      if (version !== heeded) return;
      try {
        const given = await client?.query<{ lag: number | null }>({ name: 'instance-receipt', text: RECEIPT, values: [id, version] });
        const lag = given?.rows[0]?.lag;
        if (typeof lag === 'number') tellLag(Math.max(0, lag));
      } catch {
        heeded = -2; // given again at the next heartbeat
      }
    });
  }

  async function keepServing(): Promise<void> {
    while (!leaving.signal.aborted) {
      try {
        await serve();
      } catch (error) {
        if (leaving.signal.aborted) return;
        log.debug({ reason: (error as Error).message }, 'the instance’s connection was lost');
        // Not waited for: a database that hangs does not say goodbye.
        client?.end().catch(() => {});
        await sleep(RECONNECT, undefined, { signal: leaving.signal }).catch(() => {});
      }
    }
  }

  const served = keepServing();
  return {
    id,
    async leave() {
      leaving.abort();
      await served;
      await receipt;
      await client?.query('UPDATE instance SET stopped_at = clock_timestamp() WHERE id = $1', [id]).catch(() => {});
      client?.end().catch(() => {});
    },
  };
}

/** Forgets what nobody will ask about any more. */
async function sweep(client: Client): Promise<void> {
  for (const [table, column] of [
    ['instance', 'seen_at'],
    ['grant_receipt', 'at'],
    ['grant_change', 'at'],
  ])
    await client.query(`DELETE FROM ${table} WHERE ${column} < clock_timestamp() - interval '${KEPT}'`);
}
