import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';

// Counted no further than this: a larger backlog is one, whatever its size.
const LAG = {
  text: `SELECT (SELECT count(*) FROM (SELECT FROM audit_pending LIMIT 100000) AS pending)::int AS pending,
                extract(epoch FROM clock_timestamp() - (SELECT at FROM audit_checkpoint ORDER BY number DESC LIMIT 1))::float8 AS age`,
  query_timeout: 2000,
};

/** Adds how far sealing the log is behind. What the database does not tell keeps its last value; `latchkey_database_up` says so. */
export function addLedgerMetrics(registry: Registry, pool: Pool): void {
  const registers = [registry];
  const age = new Gauge({
    name: 'latchkey_audit_checkpoint_age_seconds',
    help: 'Time since the last signed checkpoint of the log',
    aggregator: 'max',
    registers,
  });
  new Gauge({
    name: 'latchkey_audit_pending_leaves',
    help: 'Leaves of the log that wait to be sealed, up to 100,000',
    aggregator: 'max',
    registers,
    async collect() {
      const lag = await pool.query<{ pending: number; age: number | null }>(LAG).then(
        ({ rows }) => rows[0],
        () => undefined,
      );
      if (!lag) return;
      this.set(lag.pending);
      age.set(lag.age ?? 0);
    },
  });
}
