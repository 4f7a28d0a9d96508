import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import autocannon from 'autocannon';
import { makeTokens, serve } from '@/bench/gates';
import { openWorld, percentile, stop, type World } from '@/bench/world';
import { withClient } from '@/lib/boot/roles';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 6);
const ROUNDS = 3;
const TOKENS = 200;
const WANTED = { strict: 0.6, buffered: 0.7, sealed: 0.9 };

/** /verify, every access on disk before its answer, beside a bare node:http handler: same load, same machine, taking turns. */
export async function benchGate(): Promise<void> {
  const world = await openWorld();
  const servers: ChildProcess[] = [];
  try {
    const secrets = (await makeTokens(TOKENS)).map(({ secret }) => secret);
    const bare = await serve('bare', world);
    const least = await serve('stored', world);
    const lean = await serve('rows', world);
    const gate = await serve('gate', world);
    const buffered = await serve('gate', world, 'buffered');
    servers.push(bare.child, least.child, lean.child, gate.child, buffered.child);
    await load(gate.url, secrets, { connections: 64 }); // warm
    const rows: Row[] = [];
    const ratios = {
      stored: [] as number[],
      rows: [] as number[],
      strict: [] as number[],
      buffered: [] as number[],
      sealed: [] as number[],
    };
    const backlogs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const peer = await load(bare.url, secrets, { connections: 64 });
      const stored = await load(least.url, secrets, { connections: 64 });
      const inRows = await load(lean.url, secrets, { connections: 64 });
      const unsealed = await load(gate.url, secrets, { connections: 64 });
      // What the others left is sealed, and taken in, before the round in which that is part of the figure.
      await tell(gate.child, 'seal');
      await untilSealed(world);
      const own = await load(gate.url, secrets, { connections: 64 });
      backlogs.push(await untilSealed(world));
      await tell(gate.child, 'rest');
      const hasty = await load(buffered.url, secrets, { connections: 64 });
      ratios.stored.push(stored['requests/s'] / peer['requests/s']);
      ratios.rows.push(inRows['requests/s'] / peer['requests/s']);
      ratios.strict.push(own['requests/s'] / peer['requests/s']);
      ratios.sealed.push(own['requests/s'] / unsealed['requests/s']);
      ratios.buffered.push(hasty['requests/s'] / peer['requests/s']);
      rows.push(
        { what: 'bare node:http, 64 connections', ...peer },
        { what: 'the same, one row a group stored, 64 connections', ...stored },
        { what: 'the same, a row a request stored, 64 connections', ...inRows },
        { what: '/verify, 64 connections', ...own },
        { what: '/verify, not sealed, 64 connections', ...unsealed },
        { what: '/verify buffered, 64 connections', ...hasty },
      );
    }
    rows.push({ what: '/verify, one token, 64 connections', ...(await load(gate.url, secrets.slice(0, 1), { connections: 64 })) });
    rows.push({ what: '/verify, 256 connections', ...(await load(gate.url, secrets, { connections: 256 })) });
    rows.push({ what: '/verify at 300 requests/s', ...(await pace(gate.url, secrets, 300)) });
    console.table(rows);
    for (const mode of ['strict', 'buffered'] as const) {
      console.log(`/verify ${mode} beside a bare handler: ${percentile(ratios[mode], 0.5).toFixed(2)} (wanted: ${WANTED[mode]})`);
    }
    const bound = percentile(ratios.stored, 0.5).toFixed(2);
    console.log(`a handler that does nothing but store one row a group, beside the bare one: ${bound}: what this machine allows`);
    const rowsBound = percentile(ratios.rows, 0.5).toFixed(2);
    console.log(`one that stores a row a request, without indexes, grants, limits or a sealed log, beside the bare one: ${rowsBound}`);
    console.log(
      `/verify with the log sealed beside the same without: ${percentile(ratios.sealed, 0.5).toFixed(2)} (wanted: ${WANTED.sealed})`,
    );
    console.log(`leaves not yet sealed, or not taken in by all who follow the log, when the load ended: ${backlogs.join(', ')}`);
    await Promise.all(servers.splice(0).map(stop));
    await reconcile(world, rows);
  } finally {
    await Promise.all(servers.map(stop));
    await world.close();
  }
}

/** Has a gate's process seal the log, or not, and waits until it does. */
async function tell(child: ChildProcess, what: 'seal' | 'rest'): Promise<void> {
  const heard = once(child, 'message');
  child.send(what);
  await heard;
}

/** Waits until every leaf is sealed, and taken in by those who follow the log; gives how many were not. */
async function untilSealed(world: World): Promise<number> {
  return withClient(world.ownerUrl, async (client) => {
    const pending = async () => (await client.query(BEHIND)).rows[0].n as number;
    const first = await pending();
    const until = Date.now() + 120_000;
    while ((await pending()) > 0) {
      if (Date.now() > until) throw new Error('the log is not sealed within two minutes');
      await new Promise((again) => setTimeout(again, 50));
    }
    return first;
  });
}

const BEHIND = `
  SELECT ((SELECT count(*) FROM audit_pending) + (SELECT coalesce(max(number) + 1, 0) FROM audit_leaf)
          - (SELECT coalesce(min(position), 0) FROM audit_consumer))::int AS n`;

export type Load = { 'requests/s': number; 'p50 ms': number; 'p99 ms': number; 'not 2xx': number; errors: number; answered: number };
type Row = Load & { what: string };

let warmed = 0;

/** What `connections` at once get out of `url` in BENCH_SECONDS, with these tokens in turn. */
export async function load(url: string, secrets: string[], options: { connections: number }): Promise<Load> {
  const requests = secrets.map((secret) => ({ headers: { 'x-api-key': secret } }));
  const result = await autocannon({ url, duration: SECONDS, requests, ...options });
  if (warmed === 0) warmed = result['2xx'];
  return {
    'requests/s': Math.round(result.requests.average),
    'p50 ms': result.latency.p50,
    'p99 ms': result.latency.p99,
    'not 2xx': result.non2xx,
    errors: result.errors,
    answered: result['2xx'],
  };
}

/** An even stream of requests, whether or not earlier ones are answered; times count from when each was due. */
async function pace(url: string, secrets: string[], perSecond: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true });
  const latencies: number[] = [];
  let refused = 0;
  const startedAt = performance.now();
  const answers = Array.from({ length: SECONDS * perSecond }, async (_, n) => {
    const due = startedAt + (n * 1000) / perSecond;
    await new Promise((arrived) => setTimeout(arrived, due - performance.now()));
    const req = request(url, { agent, headers: { 'x-api-key': secrets[n % secrets.length] as string } }).end();
    const [res] = (await once(req, 'response')) as [IncomingMessage];
    latencies.push(performance.now() - due);
    if (res.statusCode !== 200) refused++;
    await once(res.resume(), 'end');
  });
  const errors = (await Promise.allSettled(answers)).filter(({ status }) => status === 'rejected').length;
  agent.destroy();
  const round = (share: number) => Math.round(percentile(latencies, share) * 10) / 10;
  return {
    'requests/s': Math.round(latencies.length / SECONDS),
    'p50 ms': round(0.5),
    'p99 ms': round(0.99),
    'not 2xx': refused,
    errors,
    answered: latencies.length - refused,
  };
}

/** As many accesses must be stored as were answered with 200. (More: answers that the load generator did not wait for.) */
async function reconcile(world: World, rows: Row[]): Promise<void> {
  const answered = warmed + rows.filter(({ what }) => what.startsWith('/verify')).reduce((sum, row) => sum + row.answered, 0);
  const stored = await withClient(world.ownerUrl, async (client) => {
    const { rows: counted } = await client.query(`SELECT count(*)::int AS n FROM audit_event WHERE event = 'token.used'`);
    return counted[0].n as number;
  });
  console.log(`accesses answered with 200: ${answered}; stored: ${stored}${stored < answered ? '  MISSING' : ''}`);
}
