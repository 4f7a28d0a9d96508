import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { ruleNames } from '@/lib/alerts/values';

const OPEN = {
  text: 'SELECT rule, count(*)::int AS open FROM alert WHERE acknowledged_at IS NULL AND raised_at IS NOT NULL GROUP BY rule',
  query_timeout: 2000,
};

/** Adds how many alerts are open. What the database does not tell keeps its last value. */
export function addAlertMetrics(registry: Registry, pool: Pool): void {
  new Gauge({
    name: 'latchkey_alerts_open',
    help: 'Alerts that nobody has acknowledged',
    labelNames: ['rule'] as const,
    aggregator: 'max',
    registers: [registry],
    async collect() {
      const rows = await pool.query<{ rule: string; open: number }>(OPEN).then(
        ({ rows }) => rows,
        () => undefined,
      );
      if (!rows) return;
      for (const rule of ruleNames) this.set({ rule }, rows.find((row) => row.rule === rule)?.open ?? 0);
    },
  });
}
