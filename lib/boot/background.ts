import type { ClientBase } from 'pg';
import { detectAlerts } from '@/lib/alerts/detect';
import { pruneMemories } from '@/lib/alerts/memories';
import { raiseAlerts } from '@/lib/alerts/raise';
import { pruneActivity, rollUpActivity } from '@/lib/audit/activity-roll-up';
import { makeNextExport } from '@/lib/audit/exports/make';
import { pruneExports } from '@/lib/audit/exports/prune';
import { signerOf } from '@/lib/audit/ledger/note';
import { makeMonths, pruneLog } from '@/lib/audit/ledger/retention';
import { Sealer } from '@/lib/audit/ledger/seal';
import { checkpointJobs } from '@/lib/boot/checkpoints-out';
import { type Job, type Leader, lead } from '@/lib/boot/leader';
import { verificationJob } from '@/lib/boot/verification';
import type { Runtime } from '@/lib/runtime';
import { StreamRunner } from '@/lib/streams/runner';
import { pruneTombstones } from '@/lib/tokens/tombstones';
import { pruneUsage, rollUpUsage } from '@/lib/usage/roll-up';

/** Starts this process as a candidate for what one process over the database does for all. Each line is one job. */
export function startBackground({ env, databaseUrl, ledgerUrl, keys, log }: Runtime): Leader {
  const signer = signerOf(keys);
  const sealer = new Sealer(signer, log);
  const streams = new StreamRunner(log);
  const jobs: Job[] = [
    { name: 'sealer', url: ledgerUrl, pause: 1000, work: (client) => sealer.seal(client) },
    ...checkpointJobs(env, signer.verifier, log),
    verificationJob(databaseUrl, signer.verifier, log),
    { name: 'exports', pause: 1000, work: (client, signal) => makeNextExport(client, signal, log) },
    { name: 'exports pruning', pause: 60_000, work: pruneExports },
    { name: 'activity', pause: 1000, work: rollUpActivity },
    { name: 'activity pruning', pause: 3_600_000, work: pruneActivity },
    { name: 'months of the log', url: ledgerUrl, pause: 3_600_000, work: (client) => makeMonths(client, log) },
    { name: 'retention', url: ledgerUrl, pause: 3_600_000, work: (client) => pruneLog(client, log) },
    { name: 'tombstones', pause: 3_600_000, work: pruneTombstones },
    { name: 'usage', pause: 1000, work: rollUpUsage },
    { name: 'usage pruning', pause: 3_600_000, work: pruneUsage },
    { name: 'alerts', pause: 1000, work: watch },
    { name: 'alerts pruning', pause: 3_600_000, work: pruneMemories },
    { name: 'streams', pause: 1000, work: (client, signal) => streams.round(client, signal) },
  ];
  return lead(databaseUrl, jobs, log);
}

/** Looks at what happened next, and raises what was found, now or by whoever did not get to it. */
async function watch(client: ClientBase): Promise<boolean> {
  const hasMore = await detectAlerts(client);
  await raiseAlerts(client);
  return hasMore;
}
