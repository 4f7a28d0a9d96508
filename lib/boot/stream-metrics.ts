import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { WAITING } from '@/lib/streams/lag';

// Counted no further than 10,000 leaves: a larger backlog is one, whatever its size. An id tells when it was made.
const STREAMS = {
  text: `SELECT s.name, s.failing_since IS NOT NULL AS failing, waiting.events, (SELECT count(*) FROM sink_dead_letter d WHERE d.sink_id = s.id)::int AS refused,
                coalesce(extract(epoch FROM clock_timestamp()) - ('x' || translate(left(waiting.oldest::text, 13), '-', ''))::bit(48)::bigint / 1000.0, 0)::float8 AS age
         FROM sink s CROSS JOIN LATERAL ${WAITING} waiting
         WHERE s.enabled`,
  query_timeout: 2000,
};

type Row = { name: string; failing: boolean; events: number; refused: number; age: number };

const figures: [name: string, help: string, value: (row: Row) => number][] = [
  ['latchkey_stream_lag_events', 'Sealed events that were not delivered, of up to 10,000 leaves', ({ events }) => events],
  ['latchkey_stream_lag_seconds', 'Age of the oldest event that was not delivered', ({ age }) => Math.max(age, 0)],
  ['latchkey_stream_failing', '1 while what the stream sends is not taken', ({ failing }) => Number(failing)],
  ['latchkey_stream_refused_batches', 'Batches that the target refused for good', ({ refused }) => refused],
];

/** Adds how far each stream that is not paused is behind. What the database does not tell keeps its last value. */
export function addStreamMetrics(registry: Registry, pool: Pool): void {
  let asking: Promise<Row[] | undefined> | undefined;
  // The figures of one scrape come from one question.
  const ask = () => {
    asking ??= pool
      .query<Row>(STREAMS)
      .then(
        ({ rows }) => rows,
        () => undefined,
      )
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  for (const [name, help, value] of figures) {
    new Gauge({
      name,
      help,
      labelNames: ['stream'] as const,
      aggregator: 'max',
      registers: [registry],
      async collect() {
        const rows = await ask();
        if (!rows) return;
        this.reset();
        for (const row of rows) this.set({ stream: row.name }, value(row));
      },
    });
  }
}
