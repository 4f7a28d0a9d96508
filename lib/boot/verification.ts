import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import type { Verifier } from '@/lib/audit/ledger/note';
import { type Verification, verifyLedger } from '@/lib/audit/ledger/verify';
import { type AskedBy, finishVerification } from '@/lib/audit/verification/result';
import type { Job } from '@/lib/boot/leader';
import { withClient } from '@/lib/boot/roles';
import { newId } from '@/lib/id';
import type { Origin } from '@/lib/permissions/permissions';

// "verify" in ASCII: held by whoever verifies.
const TURN = '130178083284601';
// So long at a time, in milliseconds, and then so long for the gate, which shares the process.
const STRETCH = 3;
const REST = 5;
const TELL_EVERY = 500;

type Asked = { id: string; userId: string | null; origin: Origin | null };

/** The background's verifications: those that were asked for, and one a day. */
export function verificationJob(databaseUrl: string, verifier: Verifier, log: Logger): Job {
  return {
    name: 'verification',
    pause: 1000,
    async work(client, signal) {
      if (signal.aborted || !(await takesTurn(client))) return false;
      try {
        // Whoever ran it had the turn, and is gone without a word.
        await client.query(`UPDATE audit_verification SET state = 'interrupted', finished_at = clock_timestamp() WHERE state = 'running'`);
        await client.query(ADD_DAILY, [newId(Date.now())]);
        const { rows } = await client.query<Asked>(BEGIN_NEXT);
        if (rows[0]) await verify(rows[0], client, signal);
      } finally {
        await client.query('SELECT pg_advisory_unlock($1)', [TURN]);
      }
      return false;
    },
  };

  async function verify(asked: Asked, client: ClientBase, signal: AbortSignal): Promise<void> {
    const onProgress = inStretches(signal, (done, total) =>
      client.query('UPDATE audit_verification SET done = $2, total = $3 WHERE id = $1', [asked.id, done, total]),
    );
    try {
      const found = await verifyOver(databaseUrl, verifier, onProgress, signal);
      const by: AskedBy = asked.userId && asked.origin ? { userId: asked.userId, origin: asked.origin } : null;
      await finishVerification(asked.id, by, found);
      report(found, log);
    } catch (error) {
      await client.query(
        `UPDATE audit_verification SET state = 'interrupted', finished_at = clock_timestamp() WHERE id = $1 AND state = 'running'`,
        [asked.id],
      );
      if (!signal.aborted) throw error;
    }
  }
}

/** On two connections of its own, which end with `signal`, however long a query takes. */
function verifyOver(
  databaseUrl: string,
  verifier: Verifier,
  onProgress: (done: bigint, total: bigint) => void | Promise<void>,
  signal: AbortSignal,
): Promise<Verification> {
  return withClient(databaseUrl, (events) =>
    withClient(databaseUrl, async (side) => {
      const cut = () => {
        for (const client of [events, side]) void client.end().catch(() => {});
      };
      signal.addEventListener('abort', cut, { once: true });
      try {
        return await verifyLedger(events, side, { verifier, onProgress });
      } finally {
        signal.removeEventListener('abort', cut);
      }
    }),
  );
}

/** Told of each leaf: lets the process do something else after each stretch of work, and `tell`s now and then. Throws once `signal` is. */
function inStretches(signal: AbortSignal, tell: (done: bigint, total: bigint) => Promise<unknown>) {
  let toldAt = Number.NEGATIVE_INFINITY;
  let since = performance.now();
  const rest = async (done: bigint, total: bigint, now: number) => {
    signal.throwIfAborted();
    if (now - toldAt >= TELL_EVERY) {
      toldAt = now;
      await tell(done, total);
    }
    await sleep(REST);
    since = performance.now();
  };
  return (done: bigint, total: bigint): void | Promise<void> => {
    const now = performance.now();
    if (now - since >= STRETCH || toldAt < 0) return rest(done, total, now);
  };
}

function report({ problems: [first, ...others], leaves, events }: Verification, log: Logger): void {
  const size = { leaves: Number(leaves), events };
  if (!first) return log.info(size, 'the log was verified: it is what was signed');
  const { kind, detail, from, to } = first;
  const place = { kind, detail, leaf: first.leaf?.toString() ?? null, from, to };
  log.error({ ...size, first: place, problems: 1 + others.length }, 'THE AUDIT LOG IS NOT WHAT WAS SIGNED: run npm run audit:verify');
}

async function takesTurn(client: ClientBase): Promise<boolean> {
  return (await client.query('SELECT pg_try_advisory_lock($1) AS taken', [TURN])).rows[0].taken;
}

// A day after the last one that came to its end (or after the log began), and not within an hour of one that did not.
const ADD_DAILY = `
  INSERT INTO audit_verification (id, kind, state, asked_at)
  SELECT $1, 'daily', 'waiting', clock_timestamp()
  WHERE NOT EXISTS (SELECT FROM audit_verification WHERE state IN ('waiting', 'running') OR (state = 'interrupted' AND finished_at > clock_timestamp() - interval '1 hour'))
    AND coalesce((SELECT max(finished_at) FROM audit_verification WHERE state IN ('whole', 'changed')), (SELECT at FROM audit_checkpoint ORDER BY number LIMIT 1))
      < clock_timestamp() - interval '1 day'`;

const BEGIN_NEXT = `
  UPDATE audit_verification SET state = 'running', started_at = clock_timestamp()
  WHERE id = (SELECT id FROM audit_verification WHERE state = 'waiting' ORDER BY asked_at, id LIMIT 1)
  RETURNING id, user_id AS "userId", origin`;
