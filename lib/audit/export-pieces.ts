import { createHash } from 'node:crypto';
import { formats } from '@/lib/audit/export-format';
import { proofLines } from '@/lib/audit/export-proofs';
import { type ResolvedFilters, stretchEndSql, stretchSql } from '@/lib/audit/keyset';
import { type Database, readEvents } from '@/lib/audit/queries';
import type { ExportFormat } from '@/lib/audit/schema';
import { pool } from '@/lib/db';
import type { Prisma } from '@/lib/generated/prisma/client';

// Events read and sent at a time: few enough that the gate, in the same process, does not wait long for its turn.
const WIDTH = 250;

/** A part of the file. `events`: how many it has up to here; `sha256`, of the whole file, comes with the last part. */
export type Piece = { bytes: Uint8Array; events: number; sha256?: string };

/** How the lines of a format are made, once for each file. */
export type Lines = {
  /** What the file begins with. */
  begin: () => Promise<string>;
  /**
   * The lines of these events (SQL, in their order) but for the event `own`, and how many they are; and of all that were read, how many
   * and the last one's id.
   */
  read: (events: Prisma.Sql, own: string) => Promise<{ text: string; count: number; read: number; last?: string }>;
  /** What ends a file that is whole; `sha256` is of everything above it. */
  end: (count: number, sha256: string) => string;
};

/**
 * The file of all events that fit, but for the event `own`, newest first. Each piece is a query of its own: between two of them
 * nothing is held in the database, however long somebody takes to read. A piece may be empty. With proofs it is shown that the log continues
 * what it was with `earlier` leaves.
 */
export async function* exportPieces(
  filters: ResolvedFilters,
  own: string,
  format: ExportFormat,
  earlier: readonly bigint[] = [],
  database: Database = pool(),
): AsyncGenerator<Piece, void> {
  const lines = format === 'proofs' ? proofLines(filters, earlier, database) : plainLines(format, database);
  const sum = createHash('sha256');
  let events = 0;
  let cursor: string | undefined;
  const pruned = await countPrunes(database);
  let begin = await lines.begin();
  do {
    const rest = { ...filters, cursor: cursor ? { id: cursor, newer: false } : undefined };
    const stretch = await readStretch(rest, lines, own, database);
    events += stretch.count;
    cursor = stretch.end;
    let bytes = Buffer.from(begin + stretch.text);
    begin = '';
    sum.update(bytes);
    if (!cursor) {
      // What was taken out between two pieces is in neither: a file without it must not say that it is whole.
      if ((await countPrunes(database)) !== pruned) throw new Error('the log was pruned during an export');
      const trailer = Buffer.from(lines.end(events, sum.copy().digest('hex')));
      sum.update(trailer);
      bytes = Buffer.concat([bytes, trailer]);
    }
    yield { bytes, events, sha256: cursor ? undefined : sum.digest('hex') };
  } while (cursor);
}

function plainLines(format: Exclude<ExportFormat, 'proofs'>, database: Database): Lines {
  const { head, row, tail } = formats[format];
  return {
    begin: async () => head,
    async read(events, own) {
      const all = await readEvents(events, database);
      const rows = all.filter(({ id }) => id !== own);
      return { text: rows.map(row).join(''), count: rows.length, read: all.length, last: all.at(-1)?.id };
    },
    end: tail,
  };
}

/** The lines of the next events, and the id after which to go on; no id: there are no more. */
async function readStretch(
  filters: ResolvedFilters,
  lines: Lines,
  own: string,
  database: Database,
): Promise<{ text: string; count: number; end?: string }> {
  const endSql = stretchEndSql(filters, WIDTH);
  const [until] = endSql ? (await database.query<{ id: string }>(endSql.text, endSql.values)).rows : [];
  const { text, count, read, last } = await lines.read(stretchSql(filters, until?.id, WIDTH), own);
  return { text, count, end: until?.id ?? (read < WIDTH ? undefined : last) };
}

async function countPrunes(database: Database): Promise<number> {
  return (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM audit_prune')).rows[0]?.n ?? 0;
}
