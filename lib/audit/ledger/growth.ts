import { z } from 'zod';
import { consistencyRanges, provesConsistency } from '@/lib/audit/ledger/merkle';
import type { Checkpoint } from '@/lib/audit/ledger/note';
import { hashesOf, type Source } from '@/lib/audit/ledger/tree';

// What shows, beside a checkpoint, that its log begins with what an earlier one states (RFC 9162, section 2.1.4). It is made for checkpoints
// that somebody kept: there are too many to show it for all of them.

export const growthSchema = z.object({
  /** How many leaves the earlier checkpoint states. */
  size: z.string().regex(/^\d{1,19}$/),
  path: z.array(z.base64()),
});

/** What shows the log to begin with so many leaves as they were. JSON; hashes are base64. */
export type Growth = z.infer<typeof growthSchema>;

/** For each of these earlier sizes what shows the tree of `size` leaves to begin with it; nothing for what is no earlier size. */
export async function growthOf(source: Source, earlier: readonly bigint[], size: bigint): Promise<Growth[]> {
  const growth: Growth[] = [];
  for (const one of new Set(earlier))
    if (one > 0n && one < size) growth.push({ size: String(one), path: await hashesOf(source, consistencyRanges(one, size)) });
  return growth;
}

/** Of kept checkpoints, those that a log is shown to continue, and the first that it contradicts. Of the rest nothing is known. */
export type Continued = { shown: Checkpoint[]; contradicts?: Checkpoint };

/** Which of `kept` the log of `checkpoint` continues. All of them, and `checkpoint`, must be signed by the same key: whoever calls has made sure. */
export function continuedBy(checkpoint: Checkpoint, growth: readonly Growth[], kept: readonly Checkpoint[]): Continued {
  const paths = new Map(growth.map(({ size, path }) => [size, path.map((hash) => Buffer.from(hash, 'base64'))]));
  const shown: Checkpoint[] = [];
  for (const one of kept) {
    if (isOutOfOrder(one, checkpoint)) return { shown, contradicts: one };
    const path = one.size === checkpoint.size ? [] : paths.get(String(one.size));
    if (one.size > 0n && !path) continue;
    if (one.size > 0n && !provesConsistency(one.size, checkpoint.size, one.root, checkpoint.root, path ?? []))
      return { shown, contradicts: one };
    shown.push(one);
  }
  return { shown };
}

/** Of two checkpoints of one log the later one states no fewer leaves. */
function isOutOfOrder(a: Checkpoint, b: Checkpoint): boolean {
  if (a.number === b.number) return a.size !== b.size || !a.root.equals(b.root);
  return a.number < b.number ? a.size > b.size : a.size < b.size;
}
