import { signerOf } from '@/lib/audit/ledger/note';
import { Sealer } from '@/lib/audit/ledger/seal';
import { type Job, type Leader, lead } from '@/lib/boot/leader';
import type { Runtime } from '@/lib/runtime';

/** Starts this process as a candidate for what one process over the database does for all. Each line is one job. */
export function startBackground({ databaseUrl, keys, log }: Pick<Runtime, 'databaseUrl' | 'keys' | 'log'>): Leader {
  const sealer = new Sealer(signerOf(keys), log);
  const jobs: Job[] = [{ name: 'sealer', pause: 1000, work: (client) => sealer.seal(client) }];
  return lead(databaseUrl, jobs, log);
}
