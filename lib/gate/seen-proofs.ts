import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Batcher } from '@/lib/gate/batcher';
import type { SeenProofs } from '@/lib/gate/possession';
import { PROOF_WINDOW } from '@/lib/gate/proof';

// For clocks that do not agree: a number is kept longer than its proof could be shown.
const MARGIN = 60_000;
const PRUNE_EVERY = 30_000;
const PRUNED_AT_ONCE = 2000;

// Commits before it answers: what was shown once stays known after a crash.
const INSERT = {
  name: 'gate-proof-seen',
  text: `
    INSERT INTO dpop_proof (digest, expires_at)
    SELECT digest, to_timestamp(expires_at / 1000.0) FROM unnest($1::bytea[], $2::float8[]) AS shown(digest, expires_at)
    ON CONFLICT (digest) DO NOTHING
    RETURNING encode(digest, 'hex') AS digest`,
  query_timeout: 1800,
};

const PRUNE = {
  name: 'gate-proofs-pruned',
  text: `
    DELETE FROM dpop_proof WHERE digest IN (
      SELECT digest FROM dpop_proof WHERE expires_at < clock_timestamp() ORDER BY expires_at LIMIT ${PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED
    )`,
  query_timeout: 5000,
};

/** What stands for a proof in a store, and until when it must: milliseconds since 1970 by the database's clock. */
export function traceOf({ thumbprint, id, issuedAt }: { thumbprint: string; id: string; issuedAt: number }) {
  const digest = createHash('sha256').update(`${thumbprint} ${id}`, 'utf8').digest('hex');
  return { digest, expiresAt: issuedAt + PROOF_WINDOW + MARGIN };
}

type Trace = ReturnType<typeof traceOf>;

/** Numbers of proofs in PostgreSQL, for all instances over one database. Requests that arrive together share one insert. */
export function storedProofs(pool: Pool, log: Logger): SeenProofs & { drained: () => Promise<void> } {
  let prunedAt = Number.NEGATIVE_INFINITY;
  let pruning: Promise<void> = Promise.resolve();

  const batcher = new Batcher<Trace, boolean>({
    inFlight: 2,
    largest: 256,
    waiting: 10_000,
    patience: 1500,
    async run(traces) {
      // In one order, so that two inserts of the same numbers wait for one another rather than both.
      const sorted = [...traces].sort((one, other) => (one.digest < other.digest ? -1 : 1));
      const { rows } = await pool.query<{ digest: string }>({
        ...INSERT,
        values: [`{${sorted.map(({ digest }) => `"\\\\x${digest}"`).join()}}`, `{${sorted.map(({ expiresAt }) => expiresAt).join()}}`],
      });
      pruneSoon();
      // Of two that came with one number in the same moment, one is the first.
      const added = new Set(rows.map(({ digest }) => digest));
      return traces.map(({ digest }) => added.delete(digest));
    },
  });

  function pruneSoon(): void {
    if (performance.now() - prunedAt < PRUNE_EVERY) return;
    prunedAt = performance.now();
    pruning = prune().catch((error) => log.warn({ err: error }, 'old proofs not removed'));
  }

  /** In small bites, so that nobody waits long for a row or a connection. */
  async function prune(): Promise<void> {
    while (((await pool.query(PRUNE)).rowCount ?? 0) === PRUNED_AT_ONCE);
  }

  return {
    isFirst: (proof) => batcher.add(traceOf(proof)),
    async drained() {
      await batcher.drained();
      await pruning;
    },
  };
}
