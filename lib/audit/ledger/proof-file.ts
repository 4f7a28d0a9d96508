import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digestOf } from '@/lib/audit/ledger/canonical';
import { continuedBy, growthSchema } from '@/lib/audit/ledger/growth';
import { leafHash, provesInclusion } from '@/lib/audit/ledger/merkle';
import { type Checkpoint, isSignedBy, readNote, type Signer, signedText, signText, type Verifier } from '@/lib/audit/ledger/note';

// A file of events with proofs, one JSON object on each line: what the file is and the checkpoint; then, again and again, some leaves and
// the events that are in them; and a last line that is signed. It is checked with nothing but the public key.

const hash = z.base64();
const number = z.string().regex(/^\d{1,19}$/);

/** The first line; `growth` shows that the checkpoint's log continues earlier ones. */
const headSchema = z.object({
  latchkey: z.literal('audit-proofs/1'),
  checkpoint: z.string().nullable(),
  growth: z.array(growthSchema).optional(),
});
const leafSchema = z.object({ leaf: number, digests: z.array(hash), path: z.array(hash) });
/** `n` counts the events; `leaf` is one of those just above, null for an event that was not sealed. */
const eventSchema = z.object({ n: z.number(), event: z.string(), leaf: number.nullable(), place: z.number().optional() });
const endSchema = z.object({ complete: z.literal(true), count: z.number(), unsealed: z.number(), sha256: z.string(), signed: z.string() });

export type LeafLine = z.infer<typeof leafSchema>;
export type EventLine = z.infer<typeof eventSchema>;

/** The last line: how many events there are, how many of them unproven, and the SHA-256 of all that is above it; signed. */
export function endLine(signer: Signer, count: number, unsealed: number, sha256: string): string {
  const signed = signText(statement(signer.verifier, count, unsealed, sha256), signer);
  return JSON.stringify({ complete: true, count, unsealed, sha256, signed } satisfies z.infer<typeof endSchema>);
}

/** Its origin is not that of checkpoints, so that neither can be taken for the other. */
function statement({ name }: Verifier, count: number, unsealed: number, sha256: string): string {
  return `${name}/export\n${count} events\n${unsealed} unsealed\nsha256 ${sha256}\n`;
}

/** What a file is worth: `broken` is its first line that does not hold, from 1, and why; null: all of it holds. */
export type ProofFile = {
  events: number;
  unsealed: number;
  checkpoint: Checkpoint | null;
  /** Of the checkpoints that were kept elsewhere, those that the file's log is shown to continue. */
  continued: Checkpoint[];
  broken: { line: number; why: string } | null;
};

/**
 * Checks a file, given line by line, by the key of whoever signed, up to its first line that does not hold; needs nothing else. A log that
 * contradicts one of `kept` (checkpoints by the same key) does not hold either.
 */
export async function checkProofFile(
  lines: AsyncIterable<string>,
  verifier: Verifier,
  kept: readonly Checkpoint[] = [],
): Promise<ProofFile> {
  const checking = new Checking(verifier, kept);
  let line = 0;
  for await (const text of lines) {
    line++;
    const why = checking.take(text);
    if (why !== null) return { ...checking.state, broken: { line, why } };
  }
  const broken = checking.isEnded ? null : { line: line + 1, why: 'the file ends before its last line: it was cut off' };
  return { ...checking.state, broken };
}

class Checking {
  readonly #sum = createHash('sha256');
  readonly state: Omit<ProofFile, 'broken'> = { events: 0, unsealed: 0, checkpoint: null, continued: [] };
  isEnded = false;
  #isBegun = false;
  /** The leaves of this part of the file: the digests of their events. */
  readonly #leaves = new Map<string, string[]>();
  #isAmongEvents = false;

  constructor(
    private readonly verifier: Verifier,
    private readonly kept: readonly Checkpoint[],
  ) {}

  /** Why this line does not hold; null: it does. */
  take(text: string): string | null {
    if (this.isEnded) return 'it comes after the last line';
    const why = this.#read(text);
    this.#sum.update(`${text}\n`);
    return why;
  }

  #read(text: string): string | null {
    const line = parsed(text);
    if (!this.#isBegun) return this.#head(line);
    const event = eventSchema.safeParse(line).data;
    if (event) return this.#event(event);
    const leaf = leafSchema.safeParse(line).data;
    if (leaf) return this.#leaf(leaf);
    const end = endSchema.safeParse(line).data;
    return end ? this.#end(end) : 'it is no line of such a file';
  }

  #head(line: unknown): string | null {
    this.#isBegun = true;
    const head = headSchema.safeParse(line).data;
    if (!head) return 'the file does not begin as one with proofs does';
    if (head.checkpoint === null) return null;
    this.state.checkpoint = isSignedBy(head.checkpoint, this.verifier) ? readNote(head.checkpoint) : null;
    if (!this.state.checkpoint) return `the checkpoint is not signed by ${this.verifier.name}'s key`;
    const { shown, contradicts } = continuedBy(this.state.checkpoint, head.growth ?? [], this.kept);
    this.state.continued = shown;
    if (!contradicts) return null;
    return `its log does not continue the checkpoint of ${contradicts.at.toISOString()} (number ${contradicts.number}) that was kept elsewhere`;
  }

  #leaf({ leaf, digests, path }: LeafLine): string | null {
    if (this.#isAmongEvents) this.#leaves.clear();
    this.#isAmongEvents = false;
    const { checkpoint } = this.state;
    const own = leafHash(Buffer.concat(digests.map(bytes)));
    if (!checkpoint || !provesInclusion(own, BigInt(leaf), checkpoint.size, checkpoint.root, path.map(bytes)))
      return `leaf ${leaf} is not in the tree that the checkpoint states`;
    this.#leaves.set(leaf, digests);
    return null;
  }

  #event({ n, event, leaf, place }: EventLine): string | null {
    this.#isAmongEvents = true;
    this.state.events++;
    if (n !== this.state.events) return `it is event ${n} where number ${this.state.events} should be`;
    if (leaf === null) {
      this.state.unsealed++;
      return null;
    }
    const digest = this.#leaves.get(leaf)?.[place ?? -1];
    if (digest === undefined) return `leaf ${leaf} is not above it, or has no such event`;
    return digest === digestOf(event).toString('base64') ? null : `the event is not what was sealed in leaf ${leaf}`;
  }

  #end({ count, unsealed, sha256, signed }: z.infer<typeof endSchema>): string | null {
    this.isEnded = true;
    const { state, verifier } = this;
    if (count !== state.events || unsealed !== state.unsealed) return `it states ${count} events, and there are ${state.events}`;
    if (sha256 !== this.#sum.copy().digest('hex')) return 'what is above it is not what it states';
    if (signedText(signed, verifier) !== statement(verifier, count, unsealed, sha256)) return `it is not signed by ${verifier.name}'s key`;
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
