import type { ClientBase } from 'pg';
import { z } from 'zod';
import { canonicalSql, digestOf } from '@/lib/audit/ledger/canonical';
import { type Continued, continuedBy, growthOf, growthSchema } from '@/lib/audit/ledger/growth';
import { inclusionRanges, leafHash, provesInclusion } from '@/lib/audit/ledger/merkle';
import { type Checkpoint, isSignedBy, readNote, type Verifier } from '@/lib/audit/ledger/note';
import { hashesOf } from '@/lib/audit/ledger/tree';

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
  /** That the checkpoint's log continues earlier ones. */
  growth: z.array(growthSchema).optional(),
});

/**
 * The evidence for an event, up to the newest checkpoint or the one with that number, and that its log continues the ones that had `earlier`
 * leaves. Null: there is none, or it is not sealed by then.
 */
export async function evidenceOf(
  client: ClientBase,
  eventId: string,
  { checkpoint, earlier = [] }: { checkpoint?: bigint; earlier?: readonly bigint[] } = {},
): Promise<Evidence | null> {
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
    ...(earlier.length > 0 && { growth: await growthOf(client, earlier, BigInt(found.size)) }),
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

/** Which of `kept` the log of this evidence, which holds, is shown to continue. */
export function continuedByEvidence(given: unknown, kept: readonly Checkpoint[]): Continued {
  const { checkpoint, growth = [] } = evidenceSchema.parse(given);
  return continuedBy(readNote(checkpoint) as Checkpoint, growth, kept);
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
