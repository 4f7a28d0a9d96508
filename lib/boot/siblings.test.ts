import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { answerSiblings } from '@/lib/boot/siblings';
import type { Allowance } from '@/lib/gate/limits';

/** A worker that takes from one limit, tells the others of a change, and says how many changes it was told of. */
const PROGRAM = `
  import { createServer } from 'node:http';
  import { joinSiblings } from '@/lib/boot/siblings';
  const siblings = joinSiblings();
  let doubts = 0;
  siblings.onDoubt(() => doubts++);
  createServer(async (req, res) => {
    const allowance = req.url === '/take' ? await siblings.limits.take('token', { requests: 50, windowSeconds: 3600 }) : null;
    const startedAt = performance.now();
    if (req.url === '/tell') await siblings.tell();
    res.setHeader('connection', 'close').end(JSON.stringify({ pid: process.pid, allowance, doubts, took: performance.now() - startedAt }));
  }).listen(0, '127.0.0.1');`;

type Told = { pid: number; allowance: Allowance; doubts: number; took: number };

const root = process.cwd();
let folder: string;
let workers: Worker[];
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'dist-worker-'));
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', absWorkingDir: root } as const;
  await build({ ...bundle, stdin: { contents: PROGRAM, resolveDir: root, loader: 'ts' }, outfile: join(folder, 'worker.mjs') });
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  cluster.setupPrimary({ exec: join(folder, 'worker.mjs'), args: [] });
  const answer = answerSiblings();
  workers = await Promise.all(
    [1, 2, 3].map(async () => {
      const worker = cluster.fork();
      answer(worker);
      const [address] = (await once(worker, 'listening')) as [AddressInfo];
      port = address.port;
      return worker;
    }),
  );
});
afterEach(async () => {
  const alive = workers.filter((worker) => !worker.isDead());
  await Promise.all(
    alive.map((worker) => {
      const ended = once(worker, 'exit');
      worker.process.kill('SIGKILL');
      return ended;
    }),
  );
});

const ask = async (path: string) => (await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as Told;

/** Asks until each of so many processes has answered. */
async function eachOf(count: number): Promise<Told[]> {
  const told = new Map<number, Told>();
  while (told.size < count) {
    const answer = await ask('/');
    told.set(answer.pid, answer);
  }
  return [...told.values()];
}

test('a limit is one for all processes behind a port, and says what is left of it without a jump', async () => {
  const answers: Told[] = [];
  for (let n = 0; n < 20; n++) answers.push(await ask('/take'));
  expect(answers.map(({ allowance }) => allowance.remaining)).toEqual(Array.from({ length: 20 }, (_, n) => 49 - n));
  answers.push(...(await Promise.all(Array.from({ length: 80 }, () => ask('/take')))));
  expect(answers.filter(({ allowance }) => allowance.isAllowed)).toHaveLength(50);
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(3);
});

test('all others have heard of a change when the one that made it goes on', async () => {
  const { pid } = await ask('/tell');
  const told = await eachOf(3);
  expect(told.filter(({ doubts }) => doubts === 1)).toHaveLength(2);
  expect(told.find((worker) => worker.pid === pid)?.doubts).toBe(0);
});

test('one that ended is not waited for, and one that hangs no longer than what it knows holds', async () => {
  const [dead, hung, last] = workers as [Worker, Worker, Worker];
  const ended = once(dead, 'exit');
  dead.process.kill('SIGKILL');
  await ended;
  expect((await ask('/tell')).took).toBeLessThan(400);
  hung.process.kill('SIGSTOP');
  let answer: Told | undefined;
  // A connection may be given to the one that hangs: the other answers in the end.
  while (answer?.pid !== last.process.pid) {
    answer = (await Promise.race([ask('/tell'), new Promise((done) => setTimeout(done, 2000))])) as Told | undefined;
  }
  expect(answer?.took).toBeGreaterThan(400);
  expect(answer?.took).toBeLessThan(1000);
  hung.process.kill('SIGCONT');
}, 20_000);
