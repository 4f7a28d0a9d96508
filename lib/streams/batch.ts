import { createHash } from 'node:crypto';
import { eventsOf, type LeafHead, readHeads } from '@/lib/audit/ledger/leaves';
import { readEvents } from '@/lib/audit/queries';
import type { AuditRow } from '@/lib/audit/schema';
import { pool } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';

/** A place in the ledger: the number of a leaf, and how many of its events come before. */
export type Place = { position: bigint; skip: number };

/** Events that follow one another in the ledger: `size` of them, the next of which is at `to`. */
export type Batch = { size: number; to: Place; rows: AuditRow[] };

/** The next sealed events from `from` on, at most `most`. Whoever calls has made sure who may see them. */
export async function readBatch(from: Place, most: number): Promise<Batch> {
  const heads = await headsOf(from, most);
  const { from: events, values } = eventsOf(heads);
  const { rows } = await pool().query<{ id: string; leafId: string }>(
    `SELECT e.id, coalesce(e.leaf_id, e.id) AS "leafId" ${events} ORDER BY e.id`,
    values,
  );
  const byLeaf = new Map<string, string[]>(heads.map(({ leafId }) => [leafId, []]));
  for (const { id, leafId } of rows) byLeaf.get(leafId)?.push(id);
  const ids: string[] = [];
  let { position, skip } = from;
  let size = 0;
  for (const head of heads) {
    const taken = Math.min(head.events - skip, most - size);
    ids.push(...(byLeaf.get(head.leafId) ?? []).slice(skip, skip + taken));
    size += taken;
    skip += taken;
    position = head.number;
    if (skip === head.events) {
      position++;
      skip = 0;
    }
  }
  return { size, to: { position, skip }, rows: await readInOrder(ids) };
}

/** Names a batch as long as it is the same one: whatever was sent under this id is what is sent again. */
export function messageId(streamId: string, { position, skip }: Place, size: number): string {
  return `msg_${createHash('sha256').update(`${streamId} ${position} ${skip} ${size}`).digest('base64url').slice(0, 32)}`;
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
