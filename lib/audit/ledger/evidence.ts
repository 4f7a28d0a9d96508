import type { ClientBase } from 'pg';
import { z } from 'zod';
import { canonicalSql, digestOf } from '@/lib/audit/ledger/canonical';
import { consistencyRanges, inclusionRanges, leafHash, provesConsistency, provesInclusion, rangeHash } from '@/lib/audit/ledger/merkle';
import { isSignedBy, readNote, type Verifier } from '@/lib/audit/ledger/note';
import { subtree } from '@/lib/audit/ledger/tree';

/**
 * Everything that shows one event to have been in the log when a checkpoint was signed, without the log. JSON; hashes are base64. Of
 * the events beside it in its leaf it tells the digests alone.
 */
export type Evidence = z.infer<typeof evidenceSchema>;

const hash = z.base64();

export const evidenceSchema = z.object({
  /** The event's canonical text. */
  event: z.string(),
  /** The number of its leaf. */
  leaf: z.string().regex(/^\d{1,19}$/),
  /** The digests of the leaf's events; this one's is at `place` (from 0). */
  digests: z.array(hash),
  place: z.number(),
  /** From the leaf up to the checkpoint's root. */
  path: z.array(hash),
  /** The checkpoint: a signed note. */
  checkpoint: z.string(),
});

/** The evidence for an event, up to the newest checkpoint or the one with that number. Null: there is none, or it is not sealed by then. */
export async function evidenceOf(client: ClientBase, eventId: string, checkpoint?: bigint): Promise<Evidence | null> {
  const { rows } = await client.query<Found>(FIND, [eventId, checkpoint ?? null]);
  const found = rows[0];
  if (!found) return null;
  const { rows: events } = await client.query<{ id: string; text: string }>(
    `SELECT e.id, ${canonicalSql('e')} AS text FROM audit_event e
     WHERE e.id BETWEEN $1 AND $2 AND coalesce(e.leaf_id, e.id) = $1 ORDER BY e.id`,
    [found.leaf, found.last],
  );
  const place = events.findIndex(({ id }) => id === eventId);
  const path = await hashesOf(client, inclusionRanges(BigInt(found.number), BigInt(found.size)));
  return {
    event: events[place]?.text ?? '',
    leaf: found.number,
    digests: events.map(({ text }) => digestOf(text).toString('base64')),
    place,
    path,
    checkpoint: found.note,
  };
}

type Found = { leaf: string; last: string; number: string; size: string; note: string };

const FIND = `
  SELECT l.leaf_id AS leaf, l.last_id AS last, l.number, c.size, c.note
  FROM audit_event e JOIN audit_leaf l ON l.leaf_id = coalesce(e.leaf_id, e.id)
  CROSS JOIN LATERAL (SELECT size, note FROM audit_checkpoint WHERE number = coalesce($2, (SELECT max(number) FROM audit_checkpoint))) c
  WHERE e.id = $1 AND l.number < c.size`;

/** Whether `given` is evidence and holds, by the key of whoever signed; needs nothing else. Whatever it is, nothing is thrown. */
export function isEvidence(given: unknown, verifier: Verifier): boolean {
  const { data: evidence } = evidenceSchema.safeParse(given);
  if (!evidence) return false;
  const stated = isSignedBy(evidence.checkpoint, verifier) ? readNote(evidence.checkpoint) : null;
  if (!stated) return false;
  if (digestOf(evidence.event).toString('base64') !== evidence.digests[evidence.place]) return false;
  const leaf = leafHash(Buffer.concat(evidence.digests.map(bytes)));
  return provesInclusion(leaf, BigInt(evidence.leaf), stated.size, stated.root, evidence.path.map(bytes));
}

/** The hashes that show the tree of `size` leaves to begin with the one of `earlier`, in base64. */
export async function growthOf(client: ClientBase, earlier: bigint, size: bigint): Promise<string[]> {
  return hashesOf(client, consistencyRanges(earlier, size));
}

/** Whether `path` shows that the later checkpoint's tree begins with the earlier one's; both must be signed by that key. */
export function isGrowth(earlier: string, later: string, path: readonly string[], verifier: Verifier): boolean {
  const [before, after] = [earlier, later].map((note) => (isSignedBy(note, verifier) ? readNote(note) : null));
  if (!before || !after) return false;
  if (before.size === 0n) return path.length === 0;
  return provesConsistency(before.size, after.size, before.root, after.root, path.map(bytes));
}

async function hashesOf(client: ClientBase, ranges: ReturnType<typeof inclusionRanges>): Promise<string[]> {
  const hashes: string[] = [];
  for (const range of ranges) hashes.push((await rangeHash(range, (level, index) => subtree(client, level, index))).toString('base64'));
  return hashes;
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
