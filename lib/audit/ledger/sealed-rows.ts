import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { canonicalText, digestOf, sealedExpressions } from '@/lib/audit/ledger/canonical';

/** A leaf as it is stored, and the digests of the events that are there for it, in the order of their ids. */
export type StoredLeaf = {
  number: bigint;
  leafId: string;
  lastId: string;
  events: number;
  hash: Buffer;
  digests: Buffer[];
  /** The greatest id of its events. */
  lastFound: string | null;
};

// Leaf by leaf along its primary key, and for each its stretch of the events' primary key: nothing is sorted or held back, so that any
// number of events streams at constant memory. (The planner is kept to that by the session's settings: see verify.ts.)
const ROWS = `
  SELECT leaf.number, leaf.leaf_id, leaf.last_id, leaf.events, encode(leaf.hash, 'base64'), ${sealedExpressions('e').join(', ')}
  FROM audit_leaf leaf LEFT JOIN LATERAL (
    SELECT * FROM audit_event WHERE id BETWEEN leaf.leaf_id AND leaf.last_id AND coalesce(leaf_id, id) = leaf.leaf_id ORDER BY id OFFSET 0
  ) e ON true
  ORDER BY leaf.number`;
const HEAD = 5;
// A millisecond or two of work.
const AT_A_TIME = 64;

/**
 * All leaves in order, each with the digests of its events, computed here from what the database says they are. `between` is waited for
 * every few events: a leaf may have a thousand, and what is in the stream's buffer is read without letting anything else run.
 */
export async function* storedLeaves(client: ClientBase, between: () => Promise<void>): AsyncGenerator<StoredLeaf> {
  let leaf: StoredLeaf | undefined;
  for await (const lines of linesOf(client.query(copyTo(`COPY (${ROWS}) TO STDOUT`)))) {
    for (const [place, line] of lines.entries()) {
      if (place % AT_A_TIME === 0) await between();
      const values = line.split('\t');
      if (!leaf || values[0] !== String(leaf.number)) {
        if (leaf) yield leaf;
        leaf = headOf(values);
      }
      // A leaf without events comes as one row of nothing.
      if (values[HEAD] === NULL) continue;
      leaf.lastFound = values[HEAD] as string;
      leaf.digests.push(digestOf(canonicalText(values.slice(HEAD).map(read))));
    }
  }
  if (leaf) yield leaf;
}

function headOf([number, leafId, lastId, events, hash]: string[]): StoredLeaf {
  return {
    number: BigInt(number as string),
    leafId: leafId as string,
    lastId: lastId as string,
    events: Number(events),
    hash: Buffer.from(hash as string, 'base64'),
    digests: [],
    lastFound: null,
  };
}

const NULL = '\\N';
const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** A field of COPY's text format. */
function read(field: string): string | null {
  if (!field.includes('\\')) return field;
  return field === NULL ? null : field.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** The whole lines of each chunk. */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  for await (const chunk of stream) {
    const text = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = text.lastIndexOf(10);
    if (end >= 0) yield text.toString('utf8', 0, end).split('\n');
    rest = text.subarray(end + 1);
  }
}
