import { createHash } from 'node:crypto';
import { formats } from '@/lib/audit/export-format';
import { type ResolvedFilters, stretchEndSql, stretchSql } from '@/lib/audit/keyset';
import { readEvents } from '@/lib/audit/queries';
import type { AuditRow, ExportFormat } from '@/lib/audit/schema';
import { db } from '@/lib/db';

// Events read and sent at a time: few enough that the gate, in the same process, does not wait long for its turn.
const WIDTH = 250;

/** A part of the file. `events`: how many it has up to here; `sha256`, of the whole file, comes with the last part. */
export type Piece = { bytes: Uint8Array; events: number; sha256?: string };

/**
 * The file of all events that fit, but for the event `own`, newest first. Each piece is a query of its own: between two of them
 * nothing is held in the database, however long somebody takes to read. A piece may be empty.
 */
export async function* exportPieces(filters: ResolvedFilters, own: string, format: ExportFormat): AsyncGenerator<Piece, void> {
  const { head, row, tail } = formats[format];
  const sum = createHash('sha256');
  let events = 0;
  let cursor: string | undefined;
  let begin = head;
  do {
    const stretch = await readStretch({ ...filters, cursor: cursor ? { id: cursor, newer: false } : undefined });
    const rows = stretch.rows.filter(({ id }) => id !== own);
    const text = begin + rows.map(row).join('');
    events += rows.length;
    cursor = stretch.end;
    begin = '';
    let bytes = Buffer.from(text);
    sum.update(bytes);
    if (!cursor) {
      const trailer = Buffer.from(tail(events, sum.copy().digest('hex')));
      sum.update(trailer);
      bytes = Buffer.concat([bytes, trailer]);
    }
    yield { bytes, events, sha256: cursor ? undefined : sum.digest('hex') };
  } while (cursor);
}

/** The next events, and the id after which to go on; no id: there are no more. */
async function readStretch(filters: ResolvedFilters): Promise<{ rows: AuditRow[]; end?: string }> {
  const endSql = stretchEndSql(filters, WIDTH);
  const [last] = endSql ? await db().$queryRaw<{ id: string }[]>(endSql) : [];
  const rows = await readEvents(stretchSql(filters, last?.id, WIDTH));
  return { rows, end: last?.id ?? (rows.length < WIDTH ? undefined : rows.at(-1)?.id) };
}
