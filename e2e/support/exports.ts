import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from '@/lib/db';

// What whoever makes an export in the background holds: lib/audit/exports/make.ts.
const TURN = '28559166461768819';
const LOOK = 50;

/** Keeps the background from exports on the shared server, until what it gives is called. */
export async function holdExports(): Promise<() => Promise<void>> {
  const client = await pool().connect();
  const takes = async () => (await client.query('SELECT pg_try_advisory_lock($1) AS taken', [TURN])).rows[0].taken;
  // Other stories hold it too, for longer than a query may take.
  while (!(await takes())) await sleep(LOOK);
  return async () => {
    await client.query('SELECT pg_advisory_unlock($1)', [TURN]);
    client.release();
  };
}
