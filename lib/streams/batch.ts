import { createHash } from 'node:crypto';
import { eventsOf, type LeafHead, readHeads } from '@/lib/audit/ledger/leaves';
import { readEvents } from '@/lib/audit/queries';
import type { AuditRow } from '@/lib/audit/schema';
import { pool } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import type { StreamEvents } from '@/lib/streams/schema';

/** A place in the ledger: the number of a leaf, and how many of its events come before. */
export type Place = { position: bigint; skip: number };

/** Which events are wanted: at most `most` of them, and, but for the first, `bytes` of what `encode` makes of them. */
export type Wanted = { events: StreamEvents; most: number; bytes: number; encode: (row: AuditRow) => string };

/** Wanted events that follow one another in the ledger: `size` of them, the next of which is at `to`. */
export type Batch = { size: number; to: Place; encoded: string[] };

/** Events in their order (undefined: of one the log has nothing any more), and where one is after each; `end`: after all that was looked at. */
type Found = { slots: { id: string | undefined; to: Place }[]; end: Place };

// Read and encoded at a time, so that the gate, in the same process, does not wait long for its turn.
const CHUNK = 500;
// Leaves that are passed at a time in the search for operations.
const PASSED = 10_000;

/** The next sealed events from `from` on. Whoever calls has made sure who may see them. */
export async function readBatch(from: Place, { events, most, bytes, encode }: Wanted): Promise<Batch> {
  const { slots, end } = events === 'everything' ? await findAll(from, most) : await findOperations(from, most, events);
  const encoded: string[] = [];
  let used = 0;
  const read = (start: number) => readInOrder(slots.slice(start, start + CHUNK).flatMap(({ id }) => id ?? []));
  let coming = read(0);
  for (let start = 0; start < slots.length; start += CHUNK) {
    const rows = new Map((await coming).map((row) => [row.id, row]));
    // The database reads on meanwhile. Its failure is that of the next turn, if there is one.
    coming = read(start + CHUNK);
    coming.catch(() => {});
    for (const [place, { id }] of slots.slice(start, start + CHUNK).entries()) {
      const row = id && rows.get(id);
      if (!row) continue;
      const text = encode(row);
      used += Buffer.byteLength(text);
      const size = start + place;
      if (used > bytes && encoded.length > 0) return { size, to: slots[size - 1]?.to ?? from, encoded };
      encoded.push(text);
    }
  }
  return { size: slots.length, to: end, encoded };
}

/** Names a batch as long as it is the same one: whatever was sent under this id is what is sent again. */
export function messageId(streamId: string, { position, skip }: Place, size: number, events: StreamEvents): string {
  const kind = events === 'everything' ? '' : ` ${events}`;
  return `msg_${createHash('sha256').update(`${streamId} ${position} ${skip} ${size}${kind}`).digest('base64url').slice(0, 32)}`;
}

async function findAll(from: Place, most: number): Promise<Found> {
  const heads = await headsOf(from, most);
  const { from: events, values } = eventsOf(heads);
  const { rows } = await pool().query<{ id: string; leafId: string }>(
    `SELECT e.id, coalesce(e.leaf_id, e.id) AS "leafId" ${events} ORDER BY e.id`,
    values,
  );
  const byLeaf = new Map<string, string[]>(heads.map(({ leafId }) => [leafId, []]));
  for (const { id, leafId } of rows) byLeaf.get(leafId)?.push(id);
  const slots: Found['slots'] = [];
  let { skip } = from;
  for (const { leafId, number, events: count } of heads) {
    const ids = byLeaf.get(leafId) ?? [];
    for (let n = skip; n < count && slots.length < most; n++) {
      const to = n + 1 < count ? { position: number, skip: n + 1 } : { position: number + 1n, skip: 0 };
      slots.push({ id: ids[n], to });
    }
    skip = 0;
  }
  return { slots, end: slots.at(-1)?.to ?? from };
}

/** An operation is a leaf by itself, of the same id, so that what the gate wrote is passed without being read. */
async function findOperations({ position }: Place, most: number, events: StreamEvents): Promise<Found> {
  const { rows } = await pool().query<{ last: string | null; number: string | null; id: string | null }>(
    `WITH passed AS MATERIALIZED (SELECT number, leaf_id, last_id FROM audit_leaf WHERE number >= $1 ORDER BY number LIMIT ${PASSED})
     SELECT (SELECT max(number) FROM passed) AS last, p.number, e.id
     FROM (SELECT 1) AS one LEFT JOIN (passed p JOIN audit_log.operation e ON e.id = p.leaf_id AND ($3 OR starts_with(e.event, 'alert.'))) ON p.leaf_id = p.last_id
     ORDER BY p.number LIMIT $2`,
    [position, most, events === 'operations'],
  );
  const slots = rows.flatMap(({ number, id }) => (number && id ? [{ id, to: { position: BigInt(number) + 1n, skip: 0 } }] : []));
  const last = rows[0]?.last;
  if (slots.length === most || !last) return { slots, end: slots.at(-1)?.to ?? { position, skip: 0 } };
  return { slots, end: { position: BigInt(last) + 1n, skip: 0 } };
}

/** The leaves that have the next `most` events: no more of them, since one may have 2,000. */
async function headsOf({ position, skip }: Place, most: number): Promise<LeafHead[]> {
  const heads = await readHeads(pool(), position, most + 1);
  let events = -skip;
  const enough = heads.findIndex((head) => {
    events += head.events;
    return events >= most;
  });
  return enough === -1 ? heads : heads.slice(0, enough + 1);
}

async function readInOrder(ids: string[]): Promise<AuditRow[]> {
  if (ids.length === 0) return [];
  return readEvents(
    Prisma.sql`SELECT e.* FROM unnest(${ids}::uuid[]) WITH ORDINALITY AS wanted (id, place) JOIN audit_event e USING (id) ORDER BY wanted.place`,
  );
}
