import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sealEverything } from '@/bench/ledger';
import { loadAudit, loadedId } from '@/bench/load-audit';
import { BENCH_PASSWORD, signIn } from '@/bench/sign-in';
import { openWorld, percentile, startLatchkey, stop } from '@/bench/world';
import { beginExport, deleteExport } from '@/lib/audit/exports/commands';
import { auditQuery, type ExportFormat } from '@/lib/audit/schema';
import { exportFormats } from '@/lib/audit/values';
import { hashPassword } from '@/lib/auth/passwords';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import type { Actor } from '@/lib/permissions/permissions';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const LOOK = 100;
const PERSON = 'person1@example.org';

/** The whole log and parts of it as files: how fast they come, what they cost in memory, and what the gate's peer, /healthz, notices. */
export async function benchExport(): Promise<void> {
  const world = await openWorld();
  try {
    const passwordHash = await hashPassword(BENCH_PASSWORD);
    await withClient(world.ownerUrl, async (client) => {
      await loadAudit(client, { events: EVENTS, tokens: 1000, users: 50, days: 90, until: new Date() });
      await client.query('UPDATE "user" SET password_hash = $1', [passwordHash]);
    });
    await sealEverything(world.ledgerUrl);
    const { url, child } = await startLatchkey(world.settings);
    try {
      await measure(url, child.pid ?? 0);
    } finally {
      await stop(child);
    }
  } finally {
    await world.close();
  }
}

async function measure(url: string, pid: number): Promise<void> {
  const cookie = await signIn(url, PERSON);
  const exports: [string, string][] = [
    ['everything, CSV', 'format=csv'],
    ['everything, NDJSON', 'format=ndjson'],
    ['everything, with proofs', 'format=proofs'],
    ['refused, CSV', 'format=csv&outcome=refused'],
    ['one token, CSV', `format=csv&token=${loadedId('token', 7)}`],
    ['many tokens, CSV', 'format=csv&token=ci+1'],
    ['range of addresses, CSV', 'format=csv&ip=203.0.113.0/24'],
  ];
  // What the first requests cost for good (code, connections) is not the export's.
  for (let n = 0; n < 3; n++) await download(url, cookie, `format=csv&token=${loadedId('token', 1)}`);
  const rows = [];
  for (const [what, query] of exports) {
    const before = await residentMegabytes(pid);
    const watch = watchServer(url, pid);
    const start = performance.now();
    const { bytes, events } = await download(url, cookie, query);
    const seconds = (performance.now() - start) / 1000;
    const { most, waits } = await watch.end();
    rows.push(rowOf(what, events, bytes, seconds, most - before, waits));
  }
  for (const format of exportFormats) rows.push(await measureInBackground(url, pid, format));
  console.table(rows);
}

/** The whole log as the background makes it, which rests after each piece. */
async function measureInBackground(url: string, pid: number, format: ExportFormat) {
  const { id: userId, name, email, role } = await db().user.findUniqueOrThrow({ where: { emailKey: PERSON } });
  const rest = { sessionId: userId, timeZone: null, theme: 'system', locale: null } as const;
  const actor: Actor = { ...rest, userId, name, email, role, origin: { ip: null, userAgent: null, requestId: null } };
  const before = await residentMegabytes(pid);
  const watch = watchServer(url, pid);
  const start = performance.now();
  const { id } = await beginExport(actor, { query: auditQuery.parse({}), format }, 'UTC');
  const look = () => db().auditExport.findUniqueOrThrow({ where: { id } });
  let made = await look();
  for (; made.state === 'queued' || made.state === 'running'; made = await look()) await sleep(LOOK);
  if (made.state !== 'done') throw new Error(`the export in the background ended as ${made.state}`);
  const seconds = (performance.now() - start) / 1000;
  const { most, waits } = await watch.end();
  await deleteExport(actor, { id });
  const events = Number(made.done);
  console.log(`${format} in the background: ${Math.round(Number(made.stored) / 1e6)} MB in the database`);
  return rowOf(`in the background, ${format}`, events, Number(made.size), seconds, most - before, waits);
}

function rowOf(what: string, events: number, bytes: number, seconds: number, memory: number, waits: number[]) {
  return {
    what,
    events,
    MB: Math.round(bytes / 1e6),
    s: Number(seconds.toFixed(1)),
    'events/s': Math.round(events / seconds),
    'more MB': Math.round(memory),
    limit: 100,
    '/healthz p99 ms': Math.round(percentile(waits, 0.99)),
  };
}

/** Fetches a file as a program does, and as lightly: it shares this process with the clock. */
async function download(url: string, cookie: string, query: string): Promise<{ bytes: number; events: number }> {
  const headers = { cookie, origin: url };
  const answer = await fetch(`${url}/api/audit/export?${query}`, { method: 'POST', headers });
  if (answer.status !== 200 || !answer.body) throw new Error(`the export answered ${answer.status}`);
  let bytes = 0;
  let lines = 0;
  let end = Buffer.alloc(0);
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength;
    end = Buffer.concat([end, chunk]).subarray(-1000);
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++;
  }
  // Where the last line states the number, that; else the lines without the names of the columns.
  const stated = /"complete":true,"count":(\d+)/.exec(end.toString());
  return { bytes, events: stated ? Number(stated[1]) : lines - 1 };
}

/** The most memory that the process takes meanwhile, and how long a small request waits. */
function watchServer(url: string, pid: number) {
  let isOver = false;
  let most = 0;
  const waits: number[] = [];
  const looking = (async () => {
    while (!isOver) {
      const start = performance.now();
      await (await fetch(`${url}/healthz`)).text();
      waits.push(performance.now() - start);
      most = Math.max(most, await residentMegabytes(pid));
      await new Promise((again) => setTimeout(again, LOOK));
    }
  })();
  return {
    async end() {
      isOver = true;
      await looking;
      return { most, waits };
    },
  };
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
