import type { ClientBase } from 'pg';

// Some 20 to 100 MB at a time: a statement that takes long would be cut off.
const CHUNKS = 200;

/**
 * One round of the background: removes what belongs to no file that can still be had (expired, ended without a file, of an earlier run). True: there is more.
 */
export async function pruneExports(client: ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(
    `DELETE FROM audit_export_chunk c USING (
       SELECT c.export_id, c.run, c.number FROM audit_export e JOIN audit_export_chunk c ON c.export_id = e.id
       WHERE e.state NOT IN ('running', 'done') OR e.expires_at <= clock_timestamp() OR c.run <> e.run LIMIT ${CHUNKS}
     ) gone WHERE (c.export_id, c.run, c.number) = (gone.export_id, gone.run, gone.number)`,
  );
  if (rowCount === CHUNKS) return true;
  await client.query(
    `DELETE FROM audit_export e WHERE expires_at <= clock_timestamp() AND NOT EXISTS (SELECT FROM audit_export_chunk c WHERE c.export_id = e.id)`,
  );
  return false;
}
