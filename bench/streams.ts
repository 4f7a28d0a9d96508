import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealEverything } from '@/bench/ledger';
import { loadAuditOnce, loadedId } from '@/bench/load-audit';
import { openWorld } from '@/bench/world';
import { withClient } from '@/lib/boot/roles';
import { db } from '@/lib/db';
import { parseEnv } from '@/lib/env';
import type { Actor } from '@/lib/permissions/permissions';
import { installRuntime, runtime } from '@/lib/runtime';
import { openAgents } from '@/lib/streams/agents';
import { createStream } from '@/lib/streams/commands';
import { deliverNext } from '@/lib/streams/deliver';
import { Pace } from '@/lib/streams/pace';
import { createStreamInput } from '@/lib/streams/schema';

const EVENTS = Math.min(Number(process.env.BENCH_EVENTS ?? 200_000), 200_000);
// What the gate writes at most, on two cores.
const WANTED = 15_000;

/** How fast a stream of each kind catches up with a log, into a receiver in this process that reads everything and keeps nothing. */
export async function benchStreams(): Promise<void> {
  const world = await openWorld();
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-sinks-'));
  const hook = await listen(createHttp((req, res) => void req.resume().on('end', () => res.writeHead(204).end())));
  const syslog = await listen(createTcp((socket) => void socket.on('error', () => {}).resume()));
  try {
    const env = parseEnv({ ...world.settings, SINK_ALLOWED_NETWORKS: '127.0.0.0/8', SINK_DIR: folder });
    installRuntime({ ...runtime(), env });
    await withClient(world.ownerUrl, (client) =>
      loadAuditOnce(client, { events: EVENTS, tokens: 1000, users: 50, days: 90, until: new Date() }),
    );
    await sealEverything(world.ledgerUrl);
    const targets = [
      { kind: 'webhook', url: `http://127.0.0.1:${hook.port}/`, ca: '' },
      { kind: 'syslog', host: '127.0.0.1', port: syslog.port, tls: false, ca: '' },
      { kind: 'file', file: 'bench.ndjson' },
      { kind: 'file', file: 'operations.ndjson', events: 'operations' },
    ];
    const rows = [];
    for (const target of targets) rows.push(await catchUp(target));
    console.table(rows);
  } finally {
    hook.server.close();
    syslog.server.close();
    await rm(folder, { recursive: true });
    await world.close();
  }
}

async function catchUp(target: { kind: string; events?: string }) {
  const input = createStreamInput.parse({
    ...target,
    name: `bench ${target.kind} ${target.events ?? ''} ${Date.now()}`,
    start: 'beginning',
  });
  const { id } = await createStream(admin(), input);
  const line = { pace: new Pace(), agents: openAgents() };
  const cpu = process.cpuUsage();
  const begun = performance.now();
  while (await deliverNext(id, new AbortController().signal, line));
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  line.agents.close();
  const { position, lastError } = await db().sink.findUniqueOrThrow({ where: { id } });
  if (lastError) throw new Error(`the stream failed: ${lastError}`);
  await db().sink.delete({ where: { id } });
  const [{ events } = { events: 0 }] = await db().$queryRaw<{ events: number }[]>`
    SELECT coalesce(sum(events), 0)::float8 AS events FROM audit_leaf WHERE number < ${position}`;
  // Of this process, the receiver’s part included: whatever else the machine does.
  const ms = Math.round((user + system) / events);
  const what = target.events ? `${target.kind}, ${target.events}` : target.kind;
  return {
    what,
    events,
    s: Number(seconds.toFixed(1)),
    'events/s': Math.round(events / seconds),
    wanted: WANTED,
    'CPU ms for 1000': ms,
  };
}

function admin(): Actor {
  const rest = { sessionId: loadedId('user', 1), timeZone: null, theme: 'system', locale: null } as const;
  return {
    ...rest,
    userId: loadedId('user', 1),
    name: '',
    email: '',
    role: 'admin',
    origin: { ip: null, userAgent: null, requestId: null },
  };
}

async function listen(server: Server): Promise<{ server: Server; port: number }> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { server, port: (server.address() as AddressInfo).port };
}
