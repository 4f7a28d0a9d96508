import { type ChildProcess, fork } from 'node:child_process';
import autocannon from 'autocannon';
import { build } from 'esbuild';
import { openWorld, percentile, stop, type World } from '@/bench/world';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import type { Actor } from '@/lib/permissions/permissions';
import { createToken } from '@/lib/tokens/commands';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 6);
const ROUNDS = 3;
const TOKENS = 200;
const WANTED = 0.6;

/** /verify, every access on disk before its answer, beside a bare node:http handler: same load, same machine, taking turns. */
export async function benchGate(): Promise<void> {
  const world = await openWorld();
  const servers: ChildProcess[] = [];
  try {
    const secrets = await makeTokens();
    const bare = await serve('bare', world);
    const gate = await serve('gate', world);
    servers.push(bare.child, gate.child);
    await load(gate.url, secrets, { connections: 64 }); // warm
    const rows: Row[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const peer = await load(bare.url, secrets, { connections: 64 });
      const own = await load(gate.url, secrets, { connections: 64 });
      ratios.push(own['requests/s'] / peer['requests/s']);
      rows.push({ what: 'bare node:http, 64 connections', ...peer }, { what: '/verify, 64 connections', ...own });
    }
    rows.push({ what: '/verify, one token, 64 connections', ...(await load(gate.url, secrets.slice(0, 1), { connections: 64 })) });
    rows.push({ what: '/verify, 256 connections', ...(await load(gate.url, secrets, { connections: 256 })) });
    rows.push({ what: '/verify at 300 requests/s', ...(await load(gate.url, secrets, { connections: 16, overallRate: 300 })) });
    console.table(rows);
    console.log(`/verify beside a bare handler: ${percentile(ratios, 0.5).toFixed(2)} (wanted: ${WANTED})`);
    await reconcile(world, rows);
  } finally {
    await Promise.all(servers.map(stop));
    await world.close();
  }
}

type Load = { 'requests/s': number; 'p50 ms': number; 'p99 ms': number; 'not 2xx': number; errors: number; answered: number };
type Row = Load & { what: string };

let warmed = 0;

async function load(url: string, secrets: string[], options: { connections: number; overallRate?: number }): Promise<Load> {
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

async function serve(kind: 'bare' | 'gate', { settings, applicationUrl }: World): Promise<{ url: string; child: ChildProcess }> {
  const outfile = 'dist/bench-serve.mjs';
  await build({
    entryPoints: ['bench/serve.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  const child = fork(outfile, [kind], { env: { ...process.env, ...settings, DATABASE_URL: applicationUrl } });
  const port = await new Promise((heard) => child.once('message', heard));
  return { url: `http://127.0.0.1:${port}/verify`, child };
}

async function makeTokens(): Promise<string[]> {
  const userId = newId(Date.now());
  const email = 'bench@example.org';
  await db().user.create({ data: { id: userId, email, emailKey: email, name: 'Bench', role: 'member', createdAt: new Date() } });
  const origin = { ip: null, userAgent: null, requestId: null };
  const actor: Actor = {
    userId,
    sessionId: userId,
    role: 'member',
    name: 'Bench',
    email,
    timeZone: null,
    theme: 'system',
    locale: null,
    origin,
  };
  const secrets: string[] = [];
  for (let n = 0; n < TOKENS; n++) {
    secrets.push((await createToken(actor, { name: `token ${n}`, description: '', expiration: { kind: 'days', days: 30 } })).secret);
  }
  return secrets;
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
