import type { ClientBase } from 'pg';

const ROWS = 500;

/**
 * Removes deleted tokens, their digests and quotas, of which the log says nothing any more: what it kept of them was pruned, so that nobody can
 * ask. Until then a deleted token's value is recognised when somebody tries it. True when there may be more.
 */
export async function pruneTombstones(client: ClientBase): Promise<boolean> {
  await client.query('BEGIN');
  try {
    // That it was deleted is an operation: while the log goes back to before that, there is nothing to look for.
    const { rows } = await client.query<{ id: string }>(`
      SELECT t.id FROM token t
      WHERE t.deleted_at < (SELECT at FROM audit_log.operation ORDER BY id LIMIT 1)
        AND NOT EXISTS (SELECT FROM audit_event e WHERE e.token_id = t.id) AND NOT EXISTS (SELECT FROM alert a WHERE a.token_id = t.id)
      LIMIT ${ROWS} FOR UPDATE OF t SKIP LOCKED`);
    const ids = rows.map(({ id }) => id);
    for (const sql of ['token_secret WHERE token_id', 'quota_use WHERE token_id', 'token WHERE id'])
      await client.query(`DELETE FROM ${sql} = ANY($1::uuid[])`, [ids]);
    await client.query('COMMIT');
    return ids.length === ROWS;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
