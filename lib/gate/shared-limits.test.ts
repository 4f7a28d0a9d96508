import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Allowance } from '@/lib/gate/limits';
import { connectLimits, type SharedLimits } from '@/lib/gate/shared-limits';
import { gatewayPath } from '@/scripts/gateways.mjs';

const program = gatewayPath('redis-server');
const log = pino({ level: 'silent' });
const minute = (requests: number) => ({ requests, windowSeconds: 60 });

/** So many, in crowds of at most `size`. */
function crowds(count: number, size: number): number[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, n) => Math.min(size, count - n * size));
}

describe.skipIf(!program)(`limits in Redis${program ? '' : ': not run, redis-server is not installed'}`, () => {
  let port: number;
  let redis: ChildProcess;
  let instances: SharedLimits[];

  beforeAll(async () => {
    port = await freePort();
    redis = await start(port);
    instances = await Promise.all([1, 2, 3].map(() => connectLimits(`redis://127.0.0.1:${port}`, log)));
    // An instance counts for itself until it is connected: then what one takes the next one sees.
    await vi.waitFor(async () => {
      const probe = `probe ${Math.random()}`;
      const answers = [];
      for (const instance of instances) answers.push((await instance.take(probe, minute(10))).remaining);
      expect(answers).toEqual([9, 8, 7]);
    });
  });
  afterAll(async () => {
    for (const instance of instances ?? []) await instance.close();
    await stop(redis);
  });

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
    await stop(redis);
    const [first, second] = instances as [SharedLimits, SharedLimits];
    expect((await first.take('away', minute(2))).remaining).toBe(1);
    expect((await second.take('away', minute(2))).remaining).toBe(1);
    redis = await start(port);
    await vi.waitFor(
      async () => {
        const probe = `back ${Math.random()}`;
        await first.take(probe, minute(5));
        expect((await second.take(probe, minute(5))).remaining).toBe(3);
      },
      { timeout: 10_000 },
    );
  });

  test('wait for a Redis that hangs no longer than a moment', async () => {
    redis.kill('SIGSTOP');
    const startedAt = performance.now();
    expect((await instances[0]?.take('hung', minute(1)))?.isAllowed).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    redis.kill('SIGCONT');
  });
});

async function start(port: number): Promise<ChildProcess> {
  const child = spawn(program as string, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  child.stdout.resume();
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address ? address.port : 0;
}
