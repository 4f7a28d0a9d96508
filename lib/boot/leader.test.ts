import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type Job, type Leader, lead } from '@/lib/boot/leader';
import { withClient } from '@/lib/boot/roles';
import { testDatabase } from '@/lib/testing/database';

const database = testDatabase();
const silent = pino({ level: 'silent' });
const started: Leader[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((leader) => leader.stop()));
});

function candidate(...jobs: Job[]): Leader {
  const leader = lead(database.url, jobs, silent);
  started.push(leader);
  return leader;
}

const leading = (candidates: Leader[]) => candidates.filter(({ leads }) => leads).length;

test('one of several works, and when it stops another takes over within seconds', async () => {
  const candidates = [candidate(), candidate(), candidate()];
  await expect.poll(() => leading(candidates)).toBe(1);
  const first = candidates.find(({ leads }) => leads);
  await first?.stop();
  expect(first?.leads).toBe(false);
  await expect.poll(() => leading(candidates), { timeout: 3000 }).toBe(1);
});

test('a leader whose connection is cut ends its work and another, or it again, takes over', async () => {
  let rounds = 0;
  const job: Job = {
    name: 'test',
    pause: 10,
    async work(client) {
      await client.query('SELECT 1');
      rounds++;
      return false;
    },
  };
  const candidates = [candidate(job), candidate(job)];
  await expect.poll(() => leading(candidates)).toBe(1);
  await withClient(database.adminUrl, (client) =>
    client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'latchkey%' AND datname = current_database()
                  AND pid <> pg_backend_pid()`),
  );
  const before = rounds;
  await expect.poll(() => rounds, { timeout: 5000 }).toBeGreaterThan(before + 3);
  expect(leading(candidates)).toBe(1);
});

test('a job that throws or whose connection dies is tried again, and delays no other', async () => {
  let healthy = 0;
  let tries = 0;
  candidate(
    {
      name: 'ill',
      pause: 5,
      async work(client) {
        tries++;
        if (tries % 2) await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
        throw new Error('ill');
      },
    },
    {
      name: 'hangs',
      pause: 5,
      work: (_, signal) => new Promise((done) => signal.addEventListener('abort', () => done(false))),
    },
    {
      name: 'healthy',
      pause: 5,
      async work() {
        healthy++;
        return false;
      },
    },
  );
  await expect.poll(() => tries > 4 && healthy > 4).toBe(true);
});

test('a stop lets every job do one more round, so that nothing is left', async () => {
  let wanted = 0;
  let done = 0;
  const leader = candidate({
    name: 'test',
    pause: 60_000,
    async work() {
      done = wanted;
      return false;
    },
  });
  await expect.poll(() => leader.leads).toBe(true);
  wanted = 7;
  await leader.stop();
  expect(done).toBe(7);
});

test('after kill -9 of the leading process another takes over within three seconds', async () => {
  const outfile = join(process.cwd(), 'node_modules', '.cache', `leader-${process.pid}.mjs`);
  try {
    await build({
      stdin: {
        contents: `import pino from 'pino';
          import { lead } from '@/lib/boot/leader';
          const leader = lead(process.argv[2], [], pino({ level: 'silent' }));
          setInterval(() => leader.leads && process.send?.('leads'), 20);`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    const child = spawn(process.execPath, [outfile, database.url], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(child, 'message');
    const next = candidate();
    child.kill('SIGKILL');
    await expect.poll(() => next.leads, { timeout: 3000 }).toBe(true);
  } finally {
    await rm(outfile, { force: true });
  }
});
