import type { ChildProcess } from 'node:child_process';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '@/lib/boot/free-port';
import type { SeenProofs } from '@/lib/gate/possession';
import { connectRedis, type Redis, RedisAwayError } from '@/lib/gate/redis';
import { sharedProofs } from '@/lib/gate/shared-proofs';
import { redisProgram, startRedis, stopRedis } from '@/lib/testing/redis';

const log = pino({ level: 'silent' });
const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

describe.skipIf(!redisProgram)(`proofs in Redis${redisProgram ? '' : ': not run, redis-server is not installed'}`, () => {
  let port: number;
  let redis: ChildProcess;
  const connections: Redis[] = [];
  /** What the database holds, for all instances. */
  const inDatabase = new Set<string>();
  const stored: SeenProofs = {
    async isFirst({ id }) {
      const isFirst = !inDatabase.has(id);
      inDatabase.add(id);
      return isFirst;
    },
  };

  beforeEach(async () => {
    port = await freePort();
    redis = await startRedis(port);
    inDatabase.clear();
  });
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    await stopRedis(redis);
  });

  /** An instance that is connected; `clock` as server.ts gives it. */
  async function instance(clock?: () => Promise<number>): Promise<SeenProofs> {
    const connection = connectRedis(`redis://127.0.0.1:${port}`, log);
    connections.push(connection);
    const proofs = sharedProofs(connection, clock)(stored);
    await vi.waitFor(() => connection.run({ text: 'return 1', keys: [], values: [] }));
    return proofs;
  }

  const empty = () => connections[0]?.run({ text: `return redis.call('FLUSHALL')`, keys: [], values: [] });
  const proof = (id: string, issuedAt: number, now = issuedAt) => ({ thumbprint: 'key', id, issuedAt, now });

  /** Two instances, on a Redis that has remembered for ten minutes. */
  async function two(): Promise<[SeenProofs, SeenProofs]> {
    const both: [SeenProofs, SeenProofs] = [await instance(), await instance()];
    await expect(both[0].isFirst(proof('begin', NOW - 10 * MINUTE))).rejects.toThrow(RedisAwayError);
    return both;
  }

  test('pass once, whichever instance they come to, and leave nothing in the database', async () => {
    const [a, b] = await two();
    for (let n = 0; n < 20; n++) {
      const answers = await Promise.all([a, b, a, b].map((proofs) => proofs.isFirst(proof(`p${n}`, NOW))));
      expect(answers.filter(Boolean)).toHaveLength(1);
    }
    expect(inDatabase.size).toBe(0);
  });

  test('are not told for new by an instance that knew them nor by one that never asked, once Redis was emptied', async () => {
    const [a, b] = await two();
    expect(await a.isFirst(proof('shown', NOW))).toBe(true);
    await empty();
    // One that never asked before finds it empty first.
    const fresh = await instance();
    await expect(fresh.isFirst(proof('other', NOW, NOW + 100))).rejects.toThrow(RedisAwayError);
    for (const proofs of [a, b, fresh]) await expect(proofs.isFirst(proof('shown', NOW, NOW + 200))).rejects.toThrow(RedisAwayError);
    // Proofs that are made from then on pass, once.
    expect(await b.isFirst(proof('new', NOW + 5000))).toBe(true);
    expect(await a.isFirst(proof('new', NOW + 5000))).toBe(false);
  });

  test('are not told for new by a Redis that came back with an older copy of its data', async () => {
    const [a] = await two();
    const copy = await connections[0]?.run({ text: `return redis.call('GET', 'latchkey:proofs-since')`, keys: [], values: [] });
    expect(await a.isFirst(proof('shown', NOW))).toBe(true);
    await stopRedis(redis);
    redis = await startRedis(port);
    const again = await instance();
    await connections.at(-1)?.run({ text: `redis.call('SET', 'latchkey:proofs-since', ARGV[1])`, keys: [], values: [copy as string] });
    await expect(again.isFirst(proof('shown', NOW, NOW + 1000))).rejects.toThrow(RedisAwayError);
  });

  test('that are dated ahead do not outlive what Redis has lost', async () => {
    const [a, b] = await two();
    expect(await a.isFirst(proof('ahead', NOW + 40_000, NOW))).toBe(true);
    expect(await b.isFirst(proof('ahead', NOW + 40_000, NOW))).toBe(false);
    await empty();
    await expect(b.isFirst(proof('other', NOW, NOW + 100))).rejects.toThrow(RedisAwayError);
    expect(await b.isFirst(proof('ahead', NOW + 40_000, NOW + 200))).toBe(false);
    await empty();
    await expect(b.isFirst(proof('another', NOW, NOW + 300))).rejects.toThrow(RedisAwayError);
    expect(await a.isFirst(proof('ahead', NOW + 40_000, NOW + 50_000))).toBe(false);
  });

  test('are remembered from the moment of the connection on, so that the first client need not wait', async () => {
    const proofs = await instance(async () => NOW - 5000);
    await vi.waitFor(async () => expect(await proofs.isFirst(proof(`p${Math.random()}`, NOW))).toBe(true));
  });
});
