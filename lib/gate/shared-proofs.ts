import type { SeenProofs } from '@/lib/gate/possession';
import { PROOF_WINDOW } from '@/lib/gate/proof';
import { type Redis, RedisAwayError } from '@/lib/gate/redis';
import { traceOf } from '@/lib/gate/seen-proofs';

const SINCE = 'latchkey:proofs-since';

// By how much the database's clock, as two instances know it, may differ, in milliseconds.
const MARGIN = 1000;

// A Redis that was emptied, restarted (be it with an older copy of its data) or replaced by another one has forgotten what was shown. So it holds
// which run of it remembers, and since when; whoever finds neither, or another run, sets it anew. Only the very run that holds a moment vouches for it.
const REMEMBERS = `
  local info = redis.pcall('INFO', 'server')
  local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
  local of, since = string.match(redis.call('GET', KEYS[1]) or '', '^(%w*) (%d+)$')
  if of ~= run then
    since = ARGV[1]
    redis.call('SET', KEYS[1], run .. ' ' .. since)
  end
  since = tonumber(since)`;

const FIRST = `${REMEMBERS}
  if tonumber(ARGV[2]) <= since then return { -1, 0 } end
  return { redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[3]) and 1 or 0, tonumber(ARGV[2]) - since }`;

/**
 * Numbers of proofs in Redis or Valkey, for all instances together. While it does not answer nothing bound to a key passes: a second
 * store would let each proof pass once more. Of a proof from before Redis remembers it says neither yes nor no. One that is dated ahead of the database's
 * clock could outlive that moment, so its number is in `stored` too. `clock`, the database's, lets Redis remember from the first connection on.
 */
export function sharedProofs(redis: Redis, clock?: () => Promise<number>): (stored: SeenProofs) => SeenProofs {
  const from = (now: number) => Math.ceil(now) + MARGIN;
  // Where this fails the first proof does the same.
  if (clock) redis.onReady(() => void clock().then((now) => redis.run({ text: REMEMBERS, keys: [SINCE], values: [from(now)] }), noted));

  return (stored) => ({
    async isFirst(proof) {
      const { digest, expiresAt } = traceOf(proof);
      const answer = await redis.run({
        text: FIRST,
        keys: [SINCE, `latchkey:proof:${digest}`],
        values: [from(proof.now), Math.floor(proof.issuedAt), Math.max(1, Math.ceil(expiresAt - proof.now))],
      });
      const [verdict, after] = answer as [number, number];
      if (verdict === -1) throw new RedisAwayError('Redis may have lost its data since this proof was made');
      const isAhead = proof.issuedAt > proof.now;
      return verdict === 1 && (isAhead || after <= PROOF_WINDOW ? stored.isFirst(proof) : true);
    },
  });
}

function noted(): void {}
