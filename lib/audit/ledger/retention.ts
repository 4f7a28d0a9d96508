import type { ClientBase } from 'pg';
import type { Logger } from 'pino';

/** Months of the log that are there before they begin. */
const AHEAD = 3;
// Computing a month of many millions anew takes its time, and holds up nobody.
const PATIENCE = 4 * 3_600_000;

/** Makes the partitions of this month and the next ones, for both kinds. As the ledger's role; those that are there are left as they are. */
export async function makeMonths(client: ClientBase, log: Logger): Promise<boolean> {
  const made = client.query(`SELECT audit_log.make_months(clock_timestamp(), clock_timestamp() + $1 * interval '1 month')`, [AHEAD]);
  await unlessRead(made, () => log.info('the next months of the log wait for whoever reads it'));
  return false;
}

/** What `work` gives; nothing, and `told`, where somebody reads the log for long (a verification, say): lock_not_available. */
async function unlessRead<T>(work: Promise<T>, told: () => void): Promise<T | undefined> {
  return work.catch((error: { code?: string }) => {
    if (error.code !== '55P03') throw error;
    told();
    return undefined;
  });
}

/** What a prune of one kind came to, as audit_log.prune() gives it. */
type Pruned =
  | { state: 'pruned'; before: string; events: number; undelivered: string[] | null }
  | { state: 'held'; before: string; by: string[] }
  | { state: 'unsealed' | 'changed'; before: string };

/**
 * Takes out of the log what the policy does not keep, month by month, and records it with an event: one transaction for each kind, in the
 * database's own function, which asks the policy itself. As the ledger's role. What stands in the way is logged and tried again.
 */
export async function pruneLog(client: ClientBase, log: Logger): Promise<boolean> {
  await client.query('SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0');
  // Where the system can tell, the database does not go on for somebody who is gone.
  await client.query('SET client_connection_check_interval = 1000').catch(() => {});
  for (const kind of ['access', 'operation']) {
    const query = { text: 'SELECT audit_log.prune($1) AS done', values: [kind], query_timeout: PATIENCE };
    const answer = await unlessRead(client.query<{ done: Pruned | null }>(query), () =>
      log.info({ kind }, 'retention waits for whoever reads the log'),
    );
    const done = answer?.rows[0]?.done;
    if (done) tell(log, kind, done);
  }
  return false;
}

function tell(log: Logger, kind: string, done: Pruned): void {
  const { before } = done;
  if (done.state === 'pruned') {
    log.info({ kind, before, events: done.events }, 'the log was pruned as the policy says');
    if (done.undelivered)
      log.warn({ kind, before, streams: done.undelivered }, 'events were pruned that had not been delivered for a month');
  } else if (done.state === 'held')
    log.warn({ kind, before, streams: done.by }, 'retention waits for events to be delivered, a month at most');
  else if (done.state === 'unsealed') log.warn({ kind, before }, 'retention waits for events to be sealed');
  else log.error({ kind, before }, 'nothing is pruned: the log is not what was sealed (npm run audit:verify)');
}
