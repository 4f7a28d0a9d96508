import type { ChildProcess } from 'node:child_process';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '@/lib/boot/free-port';
import type { Allowance, Limits } from '@/lib/gate/limits';
import { connectRedis, type Redis } from '@/lib/gate/redis';
import { sharedLimits } from '@/lib/gate/shared-limits';
import { redisProgram, startRedis, stopRedis } from '@/lib/testing/redis';

const log = pino({ level: 'silent' });
const minute = (requests: number) => ({ requests, windowSeconds: 60 });

/** So many, in crowds of at most `size`. */
function crowds(count: number, size: number): number[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, n) => Math.min(size, count - n * size));
}

describe.skipIf(!redisProgram)(`limits in Redis${redisProgram ? '' : ': not run, redis-server is not installed'}`, () => {
  let port: number;
  let redis: ChildProcess;
  let connections: Redis[];
  let instances: Limits[];

  beforeAll(async () => {
    port = await freePort();
    redis = await startRedis(port);
    connections = [1, 2, 3].map(() => connectRedis(`redis://127.0.0.1:${port}`, log));
    instances = connections.map((connection) => sharedLimits(connection));
    // An instance counts for itself until it is connected: then what one takes the next one sees.
    await vi.waitFor(async () => {
      const probe = `probe ${Math.random()}`;
      const answers = [];
      for (const instance of instances) answers.push((await instance.take(probe, minute(10))).remaining);
      expect(answers).toEqual([9, 8, 7]);
    });
  });
  afterAll(async () => {
    for (const connection of connections ?? []) connection.close();
    await stopRedis(redis);
  });

  const countTogether = ([first, second]: Limits[]) =>
    vi.waitFor(
      async () => {
        const probe = `back ${Math.random()}`;
        await first?.take(probe, minute(5));
        expect((await second?.take(probe, minute(5)))?.remaining).toBe(3);
      },
      { timeout: 10_000 },
    );

  test.each([1, 7, 100, 1000])('hold across instances: of many who come to three at once, exactly %i pass', async (requests) => {
    const answers: (Allowance | undefined)[] = [];
    // As many at once as a slow machine answers within the time after which each instance would count for itself.
    for (const crowd of crowds(requests + 60, 90)) {
      const takes = Array.from({ length: crowd }, (_, n) =>
        instances[n % 3]?.take(`together ${requests}`, { requests, windowSeconds: 3600 }),
      );
      answers.push(...(await Promise.all(takes)));
    }
    expect(answers.filter((answer) => answer?.isAllowed)).toHaveLength(requests);
    const last = await instances[0]?.take(`together ${requests}`, { requests, windowSeconds: 3600 });
    expect(last).toEqual({ isAllowed: false, remaining: 0, waitSeconds: expect.any(Number) });
    expect(last?.waitSeconds).toBeGreaterThan(0);
  });

  test('are counted by each instance for itself while Redis is away, and together again when it is back', async () => {
    await stopRedis(redis);
    const [first, second] = instances as [Limits, Limits];
    expect((await first.take('away', minute(2))).remaining).toBe(1);
    expect((await second.take('away', minute(2))).remaining).toBe(1);
    redis = await startRedis(port);
    await countTogether(instances);
  });

  test('wait for a Redis that hangs no longer than a moment, soon not at all, and count together again when it goes on', async () => {
    const [first] = instances as [Limits];
    const timed = async () => {
      const startedAt = performance.now();
      expect((await first.take('hung', minute(10_000))).isAllowed).toBe(true);
      return performance.now() - startedAt;
    };
    redis.kill('SIGSTOP');
    expect(await timed()).toBeLessThan(1000);
    await vi.waitFor(async () => expect(await timed()).toBeLessThan(100), { timeout: 3000, interval: 1 });
    // Longer than a silent connection is kept: what connects anew finds a peer that says nothing either.
    const until = performance.now() + 5000;
    const waits: number[] = [];
    while (performance.now() < until) waits.push(await timed().finally(() => new Promise((next) => setTimeout(next, 20))));
    expect(Math.max(...waits)).toBeLessThan(1000);
    expect(waits.filter((wait) => wait > 100).length).toBeLessThan(10);
    redis.kill('SIGCONT');
    await countTogether(instances);
  }, 30_000);
});
