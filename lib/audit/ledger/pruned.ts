import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { Problem } from '@/lib/audit/ledger/problems';
import { firstId } from '@/lib/id';

/** A recorded prune: what was taken out of the log, and the event that says so. */
export type Prune = { eventId: string; at: Date; kind: string; before: Date; events: bigint };

type Row = { eventId: string; kind: string; before: Date; events: string; leaves: string; at: Date | null; changes: Stated | null };
type Stated = { kind: [null, string]; before: [null, string]; events: [null, number]; leaves: [null, number]; digest: [null, string] };
type Range = { from: bigint; to: bigint; lastId: string };

/** Which leaves have no events any more because a recorded prune took them out. Leaves are asked for in the order of their numbers. */
export class Pruned {
  readonly prunes: Prune[] = [];
  readonly #ranges: Range[] = [];
  #next = 0;

  /**
   * Reads what the log records. A record counts if its event, which is sealed like any other and never pruned, states the digest of exactly
   * these leaves; `say` is told of each that does not.
   */
  async read(client: ClientBase, say: (kind: Problem['kind'], detail: string, at: Date | null) => void): Promise<void> {
    const { rows } = await client.query<Row>(
      `SELECT p.event_id AS "eventId", p.kind, p.before, p.events, p.leaves, e.at, e.changes FROM audit_prune p
       LEFT JOIN audit_event e ON e.id = p.event_id AND e.event = 'audit.pruned' ORDER BY p.event_id`,
    );
    for (const { leaves, at, changes, eventId, kind, before, events } of rows) {
      const prune = { eventId, at: at ?? before, kind, before, events: BigInt(events) };
      const ranges = rangesOf(leaves, prune);
      if (at && changes && ranges && states(changes, prune, leaves)) {
        this.prunes.push(prune);
        this.#ranges.push(...ranges);
      } else say('prune_changed', `the record of what was pruned (event ${eventId}) is not what its event states`, at);
    }
    const { rows: lost } = await client.query<{ id: string; at: Date }>(
      `SELECT id, at FROM audit_event e WHERE event = 'audit.pruned' AND NOT EXISTS (SELECT FROM audit_prune p WHERE p.event_id = e.id) ORDER BY id`,
    );
    for (const { id, at } of lost) say('prune_changed', `the record of what was pruned (event ${id}) is missing`, at);
    this.#ranges.sort((a, b) => (a.from < b.from ? -1 : 1));
  }

  /** Whether a recorded prune took out that leaf. */
  has({ number, lastId }: { number: bigint; lastId: string }): boolean {
    while ((this.#ranges[this.#next]?.to ?? number + 1n) <= number) this.#next++;
    const range = this.#ranges[this.#next];
    return range !== undefined && range.from <= number && lastId < range.lastId;
  }
}

/** The numbers in an int8multirange; undefined for what is none. */
function rangesOf(text: string, prune: Prune): Range[] | undefined {
  const lastId = firstId(prune.before);
  const ranges: Range[] = [];
  // One after another: there may be millions, too many for one expression.
  const one = /\[(\d+),(\d+)\)(?:,(?=\[)|(?=\}$))/y;
  one.lastIndex = 1;
  let end = 1;
  for (let found = one.exec(text); found; found = one.exec(text)) {
    ranges.push({ from: BigInt(found[1] ?? 0), to: BigInt(found[2] ?? 0), lastId });
    end = one.lastIndex;
  }
  return ranges.length > 0 && text.startsWith('{') && end === text.length - 1 ? ranges : undefined;
}

function states(changes: Stated, { kind, before, events }: Prune, leaves: string): boolean {
  const kindStated = kind === 'access' ? 'accesses' : 'operations';
  return (
    changes.kind?.[1] === kindStated &&
    changes.before?.[1] === before.toISOString() &&
    changes.events?.[1] === Number(events) &&
    changes.digest?.[1] === createHash('sha256').update(leaves).digest('hex')
  );
}
