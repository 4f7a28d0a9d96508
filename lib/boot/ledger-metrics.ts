import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';

// Counted no further than this: a larger backlog is one, whatever its size.
const LAG = {
  text: `SELECT (SELECT count(*) FROM (SELECT FROM audit_pending LIMIT 100000) AS pending)::int AS pending,
                extract(epoch FROM clock_timestamp() - (SELECT at FROM audit_checkpoint ORDER BY number DESC LIMIT 1))::float8 AS age,
                verified.found, extract(epoch FROM clock_timestamp() - coalesce(verified.finished_at, (SELECT at FROM audit_checkpoint ORDER BY number LIMIT 1)))::float8 AS unverified
         FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
           SELECT found, finished_at FROM audit_verification WHERE state IN ('whole', 'changed') ORDER BY finished_at DESC LIMIT 1
         ) verified ON true`,
  query_timeout: 2000,
};

type Lag = { pending: number; age: number | null; found: number | null; unverified: number | null };

/** Adds how far sealing the log is behind, and what its last verification found. What the database does not tell keeps its last value; `latchkey_database_up` says so. */
export function addLedgerMetrics(registry: Registry, pool: Pool): void {
  const registers = [registry];
  const age = new Gauge({
    name: 'latchkey_audit_checkpoint_age_seconds',
    help: 'Time since the last signed checkpoint of the log',
    aggregator: 'max',
    registers,
  });
  const unverified = new Gauge({
    name: 'latchkey_audit_verification_age_seconds',
    help: 'Time since the log was last verified, or since it began',
    aggregator: 'max',
    registers,
  });
  const problems = new Gauge({
    name: 'latchkey_audit_verification_problems',
    help: 'Places that the last verification found not to be what was signed',
    aggregator: 'max',
    registers,
  });
  new Gauge({
    name: 'latchkey_audit_pending_leaves',
    help: 'Leaves of the log that wait to be sealed, up to 100,000',
    aggregator: 'max',
    registers,
    async collect() {
      const lag = await pool.query<Lag>(LAG).then(
        ({ rows }) => rows[0],
        () => undefined,
      );
      if (!lag) return;
      this.set(lag.pending);
      age.set(lag.age ?? 0);
      unverified.set(lag.unverified ?? 0);
      problems.set(lag.found ?? 0);
    },
  });
}
