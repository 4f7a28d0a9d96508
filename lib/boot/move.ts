import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { withClient } from '@/lib/boot/roles';
import { SettingsError } from '@/lib/env';

/** Every table in an order in which no row comes before one that it refers to. */
export const TABLES = [
  'user',
  'session',
  'password_link',
  'sign_in_attempt',
  'token',
  'token_secret',
  'dpop_proof',
  'audit_event',
  'audit_pending',
  'audit_leaf',
  'audit_node',
  'audit_checkpoint',
  'audit_prune',
  'audit_set_aside',
  'audit_consumer',
  'audit_activity',
  'audit_view',
  'audit_verification',
  'audit_export',
  'audit_export_chunk',
  'usage_hour',
  'usage_day',
  'usage_address',
  'usage_scope',
  'alert',
  'alert_rule',
  'alert_token',
  'alert_network',
  'alert_tally',
  'sink',
  'sink_dead_letter',
  'instance',
  'grant_change',
  'grant_receipt',
  'policy',
  'quota_use',
  'grant_version',
  'key_check',
] as const;

// A migrated database has a row of its own in each of these: the one that comes takes its place.
const REPLACED = ['policy', 'grant_version', 'key_check'];

/** What was copied: rows by table. */
export type Copied = { table: string; rows: number }[];

/**
 * Copies everything from one migrated database into another one that is migrated and holds nothing yet; both as their owners. All
 * or nothing: one transaction there, one snapshot here. Refuses a target with people or events in it.
 */
export async function copyDatabase(fromUrl: string, toUrl: string): Promise<Copied> {
  return withClient(fromUrl, (source) =>
    withClient(toUrl, async (target) => {
      await source.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await target.query('BEGIN');
      await refuseUsed(target);
      await makeMonths(source, target);
      for (const table of REPLACED) await target.query(`DELETE FROM "${table}"`);
      const copied: Copied = [];
      for (const table of TABLES) copied.push({ table, rows: await copyTable(source, target, table) });
      await target.query('COMMIT');
      await target.query('ANALYZE');
      return copied;
    }),
  );
}

/** The months that the log has there: without them, all of it would be among what is from before the first. */
async function makeMonths(source: Client, target: Client): Promise<void> {
  const { rows } = await source.query<{ since: string; until: string }>(
    `SELECT min(month) || 'Z' AS since, max(month) || 'Z' AS until FROM audit_log.months('access')`,
  );
  await target.query('SELECT audit_log.make_months($1, $2)', [rows[0]?.since, rows[0]?.until]);
}

async function refuseUsed(target: Client): Promise<void> {
  const { rows } = await target.query('SELECT EXISTS (SELECT FROM "user") OR EXISTS (SELECT FROM audit_event) AS used');
  if (rows[0].used) throw new SettingsError('DATABASE_URL: that database has people or events in it already. Name an empty one.');
}

async function copyTable(source: Client, target: Client, table: string): Promise<number> {
  const { rows } = await source.query<{ names: string }>(
    `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names
     FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [`"${table}"`],
  );
  const columns = rows[0]?.names;
  const sink = target.query(copyFrom(`COPY "${table}" (${columns}) FROM STDIN`));
  await pipeline(source.query(copyTo(`COPY (SELECT ${columns} FROM "${table}") TO STDOUT`)), sink);
  return sink.rowCount;
}
