import type { SeenProofs } from '@/lib/gate/possession';
import { type Redis, RedisAwayError } from '@/lib/gate/redis';
import { traceOf } from '@/lib/gate/seen-proofs';

const SINCE = 'latchkey:proofs-since';

// A Redis that was restarted without its data, or emptied, has forgotten what was shown. So it holds since when it remembers, and whoever
// knew that and finds it gone sets it anew: of a proof made before that moment it says neither yes nor no.
const FIRST = `
  local since = redis.call('GET', KEYS[2])
  if not since then
    since = ARGV[4] == '' and '0' or ARGV[2]
    redis.call('SET', KEYS[2], since)
  end
  if tonumber(ARGV[1]) <= tonumber(since) then return { -1, since } end
  return { redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[3]) and 1 or 0, since }`;

/**
 * Numbers of proofs in Redis or Valkey, for all instances together. While it does not answer nothing bound to a key passes: a second
 * store would let each proof pass once more.
 */
export function sharedProofs(redis: Redis): SeenProofs {
  let known = '';
  return {
    async isFirst(proof) {
      const { digest, expiresAt } = traceOf(proof);
      const answer = await redis.run({
        text: FIRST,
        keys: [`latchkey:proof:${digest}`, SINCE],
        values: [Math.floor(proof.issuedAt), Math.floor(proof.now), Math.max(1, Math.ceil(expiresAt - proof.now)), known],
      });
      const [verdict, since] = answer as [number, string];
      known = since;
      if (verdict === -1) throw new RedisAwayError('Redis has lost its data since this proof was made');
      return verdict === 1;
    },
  };
}
