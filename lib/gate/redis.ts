import { createClient } from '@redis/client';
import type { Logger } from 'pino';
import { OverloadError } from '@/lib/gate/batcher';

const PATIENCE = 200;
// After so many questions in a row without an answer in time nobody waits for one any more, until it answers something.
const MISSES = 3;
// A connection that is silent that long is given up: it is asked every second, and a peer that vanished says no goodbye.
const SILENCE = 2000;
const PING_EVERY = 1000;

/** Redis did not answer, or not in time. */
export class RedisAwayError extends OverloadError {
  override name = 'RedisAwayError';
}

/** A script, which Redis runs in one step, with what it is given. */
type Script = { text: string; keys: string[]; values: (string | number)[] };

/** One connection to Redis or Valkey, for everything that instances share there. */
export type Redis = {
  /** Runs a script. Rejects with RedisAwayError when there is no answer within 200 ms. */
  run: (script: Script) => Promise<unknown>;
  /** Has `listener` called whenever there is a connection anew. */
  onReady: (listener: () => void) => void;
  close: () => void;
};

/** Connects to the Redis at `url`, now and whenever it was away. */
export function connectRedis(url: string, log: Logger): Redis {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: PING_EVERY,
    socket: { connectTimeout: 2000, socketTimeout: SILENCE, reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, 2000) },
  });
  let wasAway = false;
  let misses = 0;
  const away = (error: Error) => {
    if (!wasAway) {
      log.warn(
        { reason: error.message },
        'Redis does not answer: limits are counted by each instance for itself, tokens bound to a key do not pass',
      );
    }
    wasAway = true;
  };
  const answered = () => {
    misses = 0;
    if (wasAway) log.info('Redis answers again');
    wasAway = false;
  };
  client.on('error', away);
  client.on('ready', answered);
  // Not yet an answer to a script, but a reason to ask for one.
  client.on('ping-interval', () => {
    misses = 0;
  });
  // Not waited for: whoever needs it before it is there is told.
  client.connect().catch(away);

  return {
    async run({ text, keys, values }) {
      if (!client.isReady) throw new RedisAwayError('no connection to Redis');
      if (misses >= MISSES) throw new RedisAwayError('Redis has not answered lately');
      try {
        const answer = await inTime(client.eval(text, { keys, arguments: values.map(String) }));
        answered();
        return answer;
      } catch (error) {
        misses++;
        away(error as Error);
        throw new RedisAwayError((error as Error).message);
      }
    },
    onReady: (listener) => client.on('ready', listener),
    close: () => client.destroy(),
  };
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE);
    work.then(done, failed).finally(() => clearTimeout(timer));
  });
}
