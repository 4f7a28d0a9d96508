import pino from 'pino';
import { loadAuditOnce } from '@/bench/load-audit';
import { openWorld, percentile } from '@/bench/world';
import { detectAlerts } from '@/lib/alerts/detect';
import { raiseAlerts } from '@/lib/alerts/raise';
import { rollUpActivity } from '@/lib/audit/activity-roll-up';
import { evidenceOf, isEvidence } from '@/lib/audit/ledger/evidence';
import { signerOf, type Verifier } from '@/lib/audit/ledger/note';
import { Sealer } from '@/lib/audit/ledger/seal';
import { verifyLedger } from '@/lib/audit/ledger/verify';
import { withClient } from '@/lib/boot/roles';
import { verificationJob } from '@/lib/boot/verification';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { runtime } from '@/lib/runtime';
import { rollUpUsage } from '@/lib/usage/roll-up';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const PENDING = 'SELECT coalesce(sum(events), 0) AS n FROM audit_pending';
const WANTED = { sealing: 15_000, verifying: 10_000_000 / 300 };

/** Sealing and verifying a log of BENCH_EVENTS events (10,000,000 for the figure that is promised), and how large it is. */
export async function benchLedger(): Promise<void> {
  const world = await openWorld();
  try {
    await withClient(world.ownerUrl, (client) =>
      loadAuditOnce(client, { events: EVENTS, tokens: 1000, users: 50, days: 90, until: new Date() }),
    );
    const signer = signerOf(runtime().keys);
    const pending = await withClient(world.ownerUrl, async (client) => Number((await client.query(PENDING)).rows[0].n));
    const sealing = await seconds(() => sealEverything(world.ledgerUrl));
    let peak = 0;
    const watching = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 100);
    const verifying = await seconds(() =>
      withClient(world.applicationUrl, (events) =>
        withClient(world.applicationUrl, async (side) => {
          const { problems } = await verifyLedger(events, side, { verifier: signer.verifier });
          if (problems.length > 0) throw new Error(problems[0]?.detail);
        }),
      ),
    );
    clearInterval(watching);
    console.table([
      { what: 'sealing', events: pending, seconds: round(sealing), 'events/s': Math.round(pending / sealing), wanted: WANTED.sealing },
      {
        what: 'verifying all',
        events: EVENTS,
        seconds: round(verifying),
        'events/s': Math.round(EVENTS / verifying),
        wanted: Math.round(WANTED.verifying),
      },
    ]);
    await verifyInBackground(world.applicationUrl, signer.verifier);
    console.log(`memory of the verifying process at most: ${Math.round(peak / 1e6)} MB`);
    await withClient(world.ownerUrl, async (client) => {
      const { rows: some } = await client.query<{ id: string }>('SELECT id FROM audit_event TABLESAMPLE SYSTEM (0.1) LIMIT 20');
      const proving = await seconds(async () => {
        for (const { id } of some)
          if (!isEvidence(await evidenceOf(client, id), signer.verifier)) throw new Error(`the evidence for ${id} does not hold`);
      });
      console.log(`evidence for one event, made and checked: ${round((proving / some.length) * 1000)} ms`);
      const { rows } = await client.query<{ table: string; size: string }>(
        `SELECT 'audit_event' AS table, sum(pg_total_relation_size(relid)) AS size FROM pg_partition_tree('audit_event')
         UNION ALL SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relname IN ('audit_leaf', 'audit_node', 'audit_checkpoint')`,
      );
      console.table(rows.map(({ table, size }) => ({ table, 'MB per million events': round(Number(size) / EVENTS) })));
    });
  } finally {
    await world.close();
  }
}

/** As the button does it, beside the gate: how fast, and how long the process does nothing else meanwhile. */
async function verifyInBackground(url: string, verifier: Verifier): Promise<void> {
  const at = new Date();
  const row = { id: newId(at), kind: 'asked', state: 'waiting', askedAt: at } as const;
  await db().auditVerification.create({ data: row });
  const { work } = verificationJob(url, verifier, pino({ level: 'silent' }));
  const stretches = watchStretches();
  const taken = await seconds(() => withClient(url, async (client) => void (await work(client, new AbortController().signal))));
  const { p99, most } = stretches.end();
  const { state } = await db().auditVerification.findUniqueOrThrow({ where: { id: row.id } });
  if (state !== 'whole') throw new Error(`the verification in the background ended as ${state}`);
  console.log(
    `verifying in the background: ${round(taken)} s, ${Math.round(EVENTS / taken)} events/s; the event loop is busy for ${round(p99)} ms ` +
      `at a time at p99, ${round(most)} ms at most (wanted: 20)`,
  );
}

/** How much CPU, in milliseconds, the process takes between two turns of its event loop: what others on the machine do does not count. */
function watchStretches() {
  const stretches: number[] = [];
  let before = process.cpuUsage();
  let isOver = false;
  const turn = () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    stretches.push((user + system) / 1000);
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    end() {
      isOver = true;
      const busy = stretches.filter((ms) => ms > 0.5);
      return { p99: percentile(busy, 0.99), most: Math.max(...busy) };
    },
  };
}

/** Seals all that is pending. */
export async function sealEverything(url: string): Promise<void> {
  const sealer = new Sealer(signerOf(runtime().keys), pino({ level: 'silent' }));
  await withClient(url, async (client) => {
    while (await sealer.seal(client));
  });
}

/** Does with all that is sealed what the background would do while something else is measured. */
export async function consumeEverything(url: string): Promise<void> {
  await withClient(url, async (client) => {
    while ((await rollUpUsage(client)) || (await rollUpActivity(client)) || (await detectAlerts(client)));
    await raiseAlerts(client);
  });
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
