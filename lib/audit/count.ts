import type { ClientBase } from 'pg';
import { pool } from '@/lib/db';

const TIMED_OUT = '57014';

/** A query, as countableSql() and stretchSql() give it. */
type Rows = { text: string; values: readonly unknown[] };

/** How many rows a query gives, counted for so many milliseconds; null: that was not long enough. On a connection of its own, or on `client`. */
export async function countWithin(rows: Rows, patience: number, client?: ClientBase): Promise<number | null> {
  if (client) return count(client, rows, patience);
  const own = await pool().connect();
  let isBroken = true;
  try {
    const n = await count(own, rows, patience);
    isBroken = false;
    return n;
  } finally {
    own.release(isBroken);
  }
}

async function count(client: ClientBase, { text, values }: Rows, patience: number): Promise<number | null> {
  await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${patience}`);
  try {
    return (await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM (${text}) e`, [...values])).rows[0]?.n ?? 0;
  } catch (error) {
    if ((error as { code?: string }).code === TIMED_OUT) return null;
    throw error;
  } finally {
    await client.query('ROLLBACK');
  }
}
