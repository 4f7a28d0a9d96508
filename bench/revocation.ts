import type { ChildProcess } from 'node:child_process';
import { Agent, get } from 'node:http';
import { makeTokens, serve } from '@/bench/gates';
import { openWorld, percentile, stop, type World } from '@/bench/world';
import { withClient } from '@/lib/boot/roles';
import { deleteToken } from '@/lib/tokens/commands';

const REVOCATIONS = Number(process.env.BENCH_REVOCATIONS ?? 1000);
const INSTANCES = 3;
const LIMITS = { p99: 100, max: 1000 };

/**
 * From a deletion's acknowledgement until the last of three instances refuses the token: where they hear of changes, and with the channel cut.
 * Where they hear of them, also until the last of them gave its receipt, by the database's clock.
 */
export async function benchRevocation(): Promise<void> {
  const world = await openWorld();
  const servers: ChildProcess[] = [];
  try {
    const rows = [];
    for (const [mode, channel] of [
      ['strict', 'open'],
      ['strict', 'cut'],
      ['buffered', 'open'],
      ['buffered', 'cut'],
    ] as const) {
      const gates = await Promise.all(Array.from({ length: INSTANCES }, () => serve('gate', world, mode, channel)));
      servers.push(...gates.map(({ child }) => child));
      const began = await version(world);
      const lags = await revoke(gates.map(({ url }) => url));
      rows.push(rowOf(`${mode}, ${INSTANCES} instances, channel ${channel}, ${lags.length} deletions`, lags));
      if (channel === 'open') rows.push(rowOf(`${mode}, receipts of all ${INSTANCES}`, await receipts(world, began)));
      await Promise.all(servers.splice(0).map(stop));
    }
    console.table(rows);
    console.log(`wanted: p99 ${LIMITS.p99} ms, at most ${LIMITS.max} ms; the time of asking is part of it`);
  } finally {
    await Promise.all(servers.map(stop));
    await world.close();
  }
}

function rowOf(what: string, lags: number[]) {
  const milliseconds = (share: number) => Number(percentile(lags, share).toFixed(1));
  return { what, 'p50 ms': milliseconds(0.5), 'p99 ms': milliseconds(0.99), 'max ms': milliseconds(1) };
}

function version({ ownerUrl }: World): Promise<string> {
  return withClient(ownerUrl, async (client) => (await client.query('SELECT version::text FROM grant_version')).rows[0].version);
}

/** Milliseconds from each change after a version until the last instance gave its receipt for it. */
function receipts({ ownerUrl }: World, after: string): Promise<number[]> {
  return withClient(ownerUrl, async (client) => {
    const { rows } = await client.query<{ lag: number }>(
      `SELECT extract(epoch FROM max(receipt.at) - change.at)::float8 * 1000 AS lag
       FROM grant_change change JOIN grant_receipt receipt USING (version)
       WHERE version > $1 GROUP BY version, change.at HAVING count(*) = $2`,
      [after, INSTANCES],
    );
    return rows.map(({ lag }) => lag);
  });
}

async function revoke(urls: string[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const lags: number[] = [];
  for (const { id, name, secret, owner } of await makeTokens(REVOCATIONS)) {
    // Twice: known to every instance, and just now confirmed.
    for (const url of [...urls, ...urls]) if ((await ask(url, secret, agent)) !== 200) throw new Error('a live token was refused');
    await deleteToken(owner, { id, confirmName: name });
    const acknowledged = performance.now();
    await Promise.all(urls.map((url) => untilRefused(url, secret, agent)));
    lags.push(performance.now() - acknowledged);
  }
  agent.destroy();
  return lags;
}

async function untilRefused(url: string, secret: string, agent: Agent): Promise<void> {
  for (let status: number | undefined = 200; status === 200; ) status = await ask(url, secret, agent);
}

function ask(url: string, secret: string, agent: Agent): Promise<number | undefined> {
  return new Promise((answered, failed) => {
    get(url, { agent, headers: { 'x-api-key': secret } }, (res) => {
      res.resume().on('end', () => answered(res.statusCode));
    }).on('error', failed);
  });
}
