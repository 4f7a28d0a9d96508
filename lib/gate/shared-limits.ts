import { createClient } from '@redis/client';
import type { Logger } from 'pino';
import { type Allowance, bucketOf, type Limit, type Limits, LocalLimits } from '@/lib/gate/limits';

const PATIENCE = 200;

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
  return { 1, math.max(0, math.floor((window - (next - now)) / each + 0.01)), math.ceil((next - now) / 1000 - 0.00000005) }`;

/** Limits counted in Redis or Valkey, for all instances together. */
export type SharedLimits = Limits & { close: () => Promise<void> };

/**
 * Counts limits in the Redis at `url`. While it does not answer within 200 ms each instance counts for itself: a limit guards
 * against too much, it is not what keeps strangers out, so its store must not close the door.
 */
export async function connectLimits(url: string, log: Logger): Promise<SharedLimits> {
  const local = new LocalLimits();
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2000, reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, 2000) },
  });
  let wasAway = false;
  const away = (error: Error) => {
    if (!wasAway) log.warn({ reason: error.message }, 'Redis does not answer: limits are counted by each instance for itself');
    wasAway = true;
  };
  client.on('error', away);
  client.on('ready', () => {
    if (wasAway) log.info('Redis answers: limits are shared again');
    wasAway = false;
  });
  // Not waited for: whoever needs it before it is there counts alone.
  client.connect().catch(away);

  async function take(tokenId: string, limit: Limit): Promise<Allowance> {
    if (!client.isReady) return local.take(tokenId, limit);
    try {
      const answer = await inTime(
        client.eval(TAKE, {
          keys: [`latchkey:limit:${bucketOf(tokenId, limit)}`],
          arguments: [String(limit.requests), String(limit.windowSeconds)],
        }),
      );
      const [isAllowed, remaining, waitSeconds] = answer as [number, number, number];
      return { isAllowed: isAllowed === 1, remaining, waitSeconds };
    } catch (error) {
      away(error as Error);
      return local.take(tokenId, limit);
    }
  }

  return { take, close: async () => client.destroy() };
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
    work.then(done, failed).finally(() => clearTimeout(timer));
  });
}
