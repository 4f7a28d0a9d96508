import pino from 'pino';
import { loadAudit } from '@/bench/load-audit';
import { openWorld } from '@/bench/world';
import { evidenceOf, isEvidence } from '@/lib/audit/ledger/evidence';
import { signerOf } from '@/lib/audit/ledger/note';
import { Sealer } from '@/lib/audit/ledger/seal';
import { verifyLedger } from '@/lib/audit/ledger/verify';
import { withClient } from '@/lib/boot/roles';
import { runtime } from '@/lib/runtime';

const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const WANTED = { sealing: 15_000, verifying: 10_000_000 / 300 };

/** Sealing and verifying a log of BENCH_EVENTS events (10,000,000 for the figure that is promised), and how large it is. */
export async function benchLedger(): Promise<void> {
  const world = await openWorld();
  try {
    await withClient(world.ownerUrl, (client) =>
      loadAudit(client, { events: EVENTS, tokens: 1000, users: 50, days: 90, until: new Date() }),
    );
    const signer = signerOf(runtime().keys);
    const sealing = await seconds(() => sealEverything(world.applicationUrl));
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
      { what: 'sealing', events: EVENTS, seconds: round(sealing), 'events/s': Math.round(EVENTS / sealing), wanted: WANTED.sealing },
      {
        what: 'verifying all',
        events: EVENTS,
        seconds: round(verifying),
        'events/s': Math.round(EVENTS / verifying),
        wanted: Math.round(WANTED.verifying),
      },
    ]);
    console.log(`memory of the verifying process at most: ${Math.round(peak / 1e6)} MB`);
    await withClient(world.ownerUrl, async (client) => {
      const { rows: some } = await client.query<{ id: string }>('SELECT id FROM audit_event TABLESAMPLE SYSTEM (0.1) LIMIT 20');
      const proving = await seconds(async () => {
        for (const { id } of some)
          if (!isEvidence(await evidenceOf(client, id), signer.verifier)) throw new Error(`the evidence for ${id} does not hold`);
      });
      console.log(`evidence for one event, made and checked: ${round((proving / some.length) * 1000)} ms`);
      const { rows } = await client.query<{ table: string; size: string }>(
        `SELECT relname AS table, pg_total_relation_size(oid) AS size FROM pg_class WHERE relname IN ('audit_event', 'audit_leaf', 'audit_node', 'audit_checkpoint')`,
      );
      console.table(rows.map(({ table, size }) => ({ table, 'MB per million events': round(Number(size) / EVENTS) })));
    });
  } finally {
    await world.close();
  }
}

/** Seals all that is pending. */
export async function sealEverything(url: string): Promise<void> {
  const sealer = new Sealer(signerOf(runtime().keys), pino({ level: 'silent' }));
  await withClient(url, async (client) => {
    while (await sealer.seal(client));
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
