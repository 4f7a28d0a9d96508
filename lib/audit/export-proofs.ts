import { setTimeout as sleep } from 'node:timers/promises';
import type { Lines } from '@/lib/audit/export-pieces';
import type { ResolvedFilters } from '@/lib/audit/keyset';
import { canonicalSql, digestOf } from '@/lib/audit/ledger/canonical';
import { growthOf } from '@/lib/audit/ledger/growth';
import { eventsOf } from '@/lib/audit/ledger/leaves';
import { formatKey, readNote, signerOf } from '@/lib/audit/ledger/note';
import { Paths } from '@/lib/audit/ledger/paths';
import { type EventLine, endLine, type LeafLine } from '@/lib/audit/ledger/proof-file';
import type { Database } from '@/lib/audit/queries';
import { Prisma } from '@/lib/generated/prisma/client';
import { firstId } from '@/lib/id';
import { inertJson } from '@/lib/inert';
import { runtime } from '@/lib/runtime';

// How long what has just happened may take to be sealed, in milliseconds; what is not by then stands in the file without a proof.
const PATIENCE = 10_000;
const LOOK = 100;

type Row = { id: string; leaf: string; text: string };
type Leaf = { number: bigint; leafId: string; lastId: string; digests: string[] };

/** Events with what shows, without the log, that they are in it: the lines of ledger/proof-file.ts, under one checkpoint. */
export function proofLines(filters: ResolvedFilters, earlier: readonly bigint[], database: Database): Lines {
  const signer = signerOf(runtime().keys);
  let size = 0n;
  let paths: Paths;
  let count = 0;
  let unsealed = 0;

  /** The leaves of these events that the checkpoint covers, by their ids. */
  async function leavesOf(rows: Row[]): Promise<Map<string, Leaf>> {
    const { rows: heads } = await database.query<{ number: string; leafId: string; lastId: string }>(
      'SELECT number, leaf_id AS "leafId", last_id AS "lastId" FROM audit_leaf WHERE leaf_id = ANY($1::uuid[]) AND number < $2',
      [[...new Set(rows.map(({ leaf }) => leaf))], size],
    );
    const leaves = new Map(heads.map((head): [string, Leaf] => [head.leafId, { ...head, number: BigInt(head.number), digests: [] }]));
    const texts = new Map(rows.map(({ id, text }) => [id, text]));
    // A leaf of one event needs no other look at it.
    const several = [...leaves.values()].filter((leaf) => {
      const only = leaf.leafId === leaf.lastId ? texts.get(leaf.leafId) : undefined;
      if (only !== undefined) leaf.digests = [digestOf(only).toString('base64')];
      return only === undefined;
    });
    if (several.length > 0) {
      const { from, values } = eventsOf(several);
      const { rows: found } = await database.query<{ leaf: string; digests: string[] }>(
        `SELECT leaf, array_agg(encode(sha256(convert_to(text, 'UTF8')), 'base64') ORDER BY id) AS digests
         FROM (SELECT coalesce(e.leaf_id, e.id) AS leaf, e.id, ${canonicalSql('e')} AS text ${from}) e GROUP BY leaf`,
        values,
      );
      for (const { leaf, digests } of found) (leaves.get(leaf) as Leaf).digests = digests;
    }
    return leaves;
  }

  return {
    async begin() {
      const checkpoint = await checkpointOver(filters.until, database);
      const stated = checkpoint === null ? null : readNote(checkpoint);
      size = stated?.size ?? 0n;
      paths = new Paths(database, size);
      const { from, until, ...rest } = filters;
      const head = { latchkey: 'audit-proofs/1', filters: { from, until, ...rest }, checkpoint, key: formatKey(signer.verifier) };
      const growth = earlier.length > 0 ? await growthOf(database, earlier, size) : undefined;
      return `${inertJson({ ...head, growth })}\n`;
    },

    async read(events, own) {
      const all = await readTexts(events, database);
      const rows = all.filter(({ id }) => id !== own);
      const leaves = await leavesOf(rows);
      const proofs = await paths.of([...leaves.values()].map(({ number }) => number));
      const lines: (LeafLine | EventLine)[] = [...leaves.values()].map(({ number, digests }) => ({
        leaf: String(number),
        digests,
        path: (proofs.get(number) as Buffer[]).map((hash) => hash.toString('base64')),
      }));
      for (const { leaf: id, text } of rows) {
        const leaf = leaves.get(id);
        if (!leaf) unsealed++;
        const n = ++count;
        const place = leaf?.digests.indexOf(digestOf(text).toString('base64'));
        lines.push(leaf ? { n, event: text, leaf: String(leaf.number), place } : { n, event: text, leaf: null });
      }
      return { text: lines.map((line) => `${inertJson(line)}\n`).join(''), count: rows.length, read: all.length, last: all.at(-1)?.id };
    },

    end: (events, sha256) => `${endLine(signer, events, unsealed, sha256)}\n`,
  };
}

/** The newest checkpoint, once everything before `until` is sealed, or the patience is over. */
async function checkpointOver(until: Date | undefined, database: Database): Promise<string | null> {
  const before = firstId(until ?? new Date());
  for (let waited = 0; waited < PATIENCE; waited += LOOK) {
    if ((await database.query('SELECT FROM audit_pending WHERE leaf_id < $1 LIMIT 1', [before])).rowCount === 0) break;
    await sleep(LOOK);
  }
  const { rows } = await database.query<{ note: string }>('SELECT note FROM audit_checkpoint ORDER BY number DESC LIMIT 1');
  return rows[0]?.note ?? null;
}

async function readTexts(events: Prisma.Sql, database: Database): Promise<Row[]> {
  const { text, values } = Prisma.sql`
    SELECT e.id, coalesce(e.leaf_id, e.id) AS leaf, ${Prisma.raw(canonicalSql('e'))} AS text
    FROM (SELECT *, row_number() OVER () AS place FROM (${events}) e) e ORDER BY e.place`;
  return (await database.query<Row>(text, values)).rows;
}
