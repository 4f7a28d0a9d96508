import { pool } from '@/lib/db';

// What whoever makes an export in the background holds: lib/audit/exports/make.ts.
const TURN = '28559166461768819';

/** Keeps the background from exports on the shared server, until what it gives is called. */
export async function holdExports(): Promise<() => Promise<void>> {
  const client = await pool().connect();
  await client.query('SELECT pg_advisory_lock($1)', [TURN]);
  return async () => {
    await client.query('SELECT pg_advisory_unlock($1)', [TURN]);
    client.release();
  };
}
