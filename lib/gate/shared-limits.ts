import { type Allowance, bucketOf, type Limit, type Limits, LocalLimits } from '@/lib/gate/limits';
import { type Redis, RedisAwayError } from '@/lib/gate/redis';

// The sum of limits.ts, by Redis' own clock and in one step, so that no two instances take the same request out.
// Its years are counted from 2023 on: a smaller number has more room for fractions of a millisecond.
const TAKE = `
  local time = redis.call('TIME')
  local now = (time[1] - 1700000000) * 1000 + time[2] / 1000
  local requests, window = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000
  local each = window / requests
  local from = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
  local next = from + each
  if next - now > window + each * 0.01 then
    return { 0, 0, math.ceil((next - window - now) / 1000 - 0.00000005) }
  end
  redis.call('SET', KEYS[1], string.format('%.6f', next), 'PX', math.max(1, math.ceil(next - now)))
  local level = window - (next - now)
  local remaining = math.max(0, math.floor(level / each + 0.01))
  return { 1, remaining, math.ceil((each * (remaining + 1) - level) / 1000 - 0.00000005) }`;

/**
 * Limits counted in Redis or Valkey, for all instances together. While it does not answer each instance counts for itself, with `local`: a limit guards
 * against too much, it is not what keeps strangers out, so its store must not close the door.
 */
export function sharedLimits(redis: Redis, local: Limits = new LocalLimits()): Limits {
  return {
    async take(tokenId: string, limit: Limit): Promise<Allowance> {
      try {
        const answer = await redis.run({
          text: TAKE,
          keys: [`latchkey:limit:${bucketOf(tokenId, limit)}`],
          values: [limit.requests, limit.windowSeconds],
        });
        const [isAllowed, remaining, waitSeconds] = answer as [number, number, number];
        return { isAllowed: isAllowed === 1, remaining, waitSeconds };
      } catch (error) {
        if (error instanceof RedisAwayError) return local.take(tokenId, limit);
        throw error;
      }
    },
  };
}
