import type { ClientBase } from 'pg';
import { type ResolvedFilters, stretchSql } from '@/lib/audit/keyset';

const TIMED_OUT = '57014';

/** How many events fit, counted up to `most` and for so many milliseconds; null: that was not long enough. */
export async function countUpTo(client: ClientBase, filters: ResolvedFilters, most: number, patience: number): Promise<number | null> {
  const { text, values } = stretchSql(filters, undefined, most);
  await client.query('BEGIN READ ONLY');
  try {
    await client.query(`SET LOCAL statement_timeout = ${patience}`);
    return (await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM (${text}) e`, values)).rows[0]?.n ?? 0;
  } catch (error) {
    if ((error as { code?: string }).code === TIMED_OUT) return null;
    throw error;
  } finally {
    await client.query('ROLLBACK');
  }
}
