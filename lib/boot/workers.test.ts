import { spawnSync } from 'node:child_process';
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkers } from '@/lib/boot/workers';
import { parseEnv } from '@/lib/env';
import { deriveKeys } from '@/lib/keys';

/** A worker that is asked something else while it waits for its parent's word, as one that takes another's place may be. */
const PROGRAM = `
  import { createServer } from 'node:http';
  import pino from 'pino';
  import { joinParent } from '@/lib/boot/workers';
  const joined = joinParent({}, pino({ level: 'silent' }));
  process.emit('message', { type: 'another question' });
  if ((await joined).databaseUrl !== 'postgresql://briefed') process.exit(1);
  createServer().listen(0, '127.0.0.1');`;

const root = process.cwd();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(root, 'dist-worker-'));
  const bundle = { bundle: true, platform: 'node', format: 'esm', packages: 'external', absWorkingDir: root } as const;
  await build({ ...bundle, stdin: { contents: PROGRAM, resolveDir: root, loader: 'ts' }, outfile: join(folder, 'worker.mjs') });
});

afterAll(() => rm(folder, { recursive: true }));

test('a worker waits for its briefing alone, and one that cannot be reached does not end its parent', async () => {
  const words: string[] = [];
  const log = pino({}, { write: (line) => words.push(JSON.parse(line).msg) });
  const secretKey = randomBytes(32);
  const env = parseEnv({ NODE_ENV: 'test' });
  const workers = startWorkers(
    1,
    join(folder, 'worker.mjs'),
    { env, keys: deriveKeys(secretKey), log, databaseUrl: 'postgresql://briefed', ledgerUrl: 'postgresql://ledger' },
    secretKey,
  );
  try {
    await workers.ready;
    const [worker] = Object.values(cluster.workers ?? {});
    if (!worker) throw new Error('there is no worker');
    const ended = new Promise((done) => worker.once('exit', done));
    worker.process.kill('SIGKILL');
    // Until this turn ends the parent does not know: what it sends meets a closed pipe.
    const { pid } = worker.process;
    const state = () => spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
    while (!/^Z(?!.*l)/.test(state())); // all its threads are dead, and its parent has not heard of it
    worker.send('figures?');
    await ended;
    expect(words).toContain('a worker was not reached');
  } finally {
    await workers.stop();
  }
});
