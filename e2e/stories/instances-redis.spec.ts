import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Client } from 'pg';
import { freePort } from '@/lib/boot/free-port';
import { redisProgram, startRedis, stopRedis } from '@/lib/testing/redis';
import { Console } from '../support/console';
import { databaseUrl } from '../support/database';
import { verify } from '../support/http';
import { FIRST_ADMIN, PASSWORD } from '../support/people';
import { endDatabase, newDataDir, type Server, startServer } from '../support/server';

test.skip(!redisProgram, 'redis-server is not installed');

// The address that a balancer in front of both would have: who asks one of them comes with its name.
const BASE_URL = 'http://localhost:9';
const PROXIED = { host: new URL(BASE_URL).host, origin: BASE_URL };
const LEADS = /this process does the background work/;

let folder: Awaited<ReturnType<typeof newDataDir>>;
let redis: ChildProcess;
const instances: Server[] = [];

test.beforeAll(async () => {
  // Servers that start one after the other, on a machine that may have other work.
  test.setTimeout(180_000);
  folder = await newDataDir();
  const port = await freePort();
  redis = await startRedis(port);
  const shared = { BASE_URL, REDIS_URL: `redis://127.0.0.1:${port}` };
  const admin = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };
  // The first one brings the database that the other shares, and leads.
  const first = await startServer({ dataDir: folder.path, env: { ...shared, ...admin } });
  instances.push(first);
  await first.prints(LEADS);
  const database = {
    DATABASE_URL: await databaseUrl(folder.path),
    SECRET_KEY: (await readFile(join(folder.path, 'secret-key'), 'utf8')).trim(),
  };
  instances.push(await startServer({ dataDir: folder.path, env: { ...shared, ...database } }));
});

test.afterAll(async () => {
  for (const instance of instances.toReversed()) await instance.end('SIGTERM');
  await endDatabase(folder.path);
  await stopRedis(redis);
  await folder.remove();
});

const origins = () => instances.map(({ port }) => `http://127.0.0.1:${port}`);
/** Somebody without a session, once at each instance. */
const visitors = () => origins().map((origin) => new Console(origin, undefined, PROXIED));
/** Does something so many times, at one instance after the other. */
async function inTurn<T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let n = 0; n < count; n++) results.push(await work(n % instances.length));
  return results;
}

test('two over one database and one Redis are one: links, sign-ins, limits, and who seals the log', async () => {
  test.setTimeout(120_000);
  const [here, there] = visitors() as [Console, Console];
  await here.signIn(FIRST_ADMIN);

  await test.step('a one-time link is used once, whichever instance it is shown to', async () => {
    const added = await here.act<{ link: string }>('addUserAction', '/users', { name: 'Ada', email: 'ada@example.org', role: 'member' });
    if (!added.ok) throw new Error(added.error.code);
    const code = new URL(added.data.link).searchParams.get('code');
    const use = (visitor: Console) => visitor.act('setPasswordAction', '/set-password', { code, password: PASSWORD });
    const used = await Promise.all([...visitors(), ...visitors()].map(use));
    expect(used.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await use(there)).toMatchObject({ ok: false, error: { code: 'link_invalid' } });
  });

  await test.step('ten wrong passwords are ten, wherever they were typed', async () => {
    const guess = (password: string) => async (at: number) => {
      const visitor = visitors()[at] as Console;
      return visitor.signIn({ email: 'ada@example.org', password }).then(
        () => 'in',
        (error: Error) => /not signed in: (\d+)/.exec(error.message)?.[1],
      );
    };
    expect(await inTurn(2, guess(PASSWORD))).toEqual(['in', 'in']);
    expect(await inTurn(10, guess('wrong-guess-31'))).toEqual(Array.from({ length: 10 }, () => '401'));
    expect(await inTurn(2, guess(PASSWORD))).toEqual(['429', '429']);
  });

  await test.step('a limit is one for both', async () => {
    const input = { name: 'limited', description: '', expiration: { kind: 'never' }, limit: { requests: 6, windowSeconds: 86_400 } };
    const made = await here.act<{ secret: string }>('createTokenAction', '/tokens', input);
    if (!made.ok) throw new Error(made.error.code);
    const answers = await inTurn(10, async (at) => verify(origins()[at] ?? '', made.data.secret));
    expect(answers.map(({ status }) => status)).toEqual([...Array(6).fill(200), ...Array(4).fill(429)]);
    expect(answers.slice(0, 6).map(({ headers }) => Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]))).toEqual([5, 4, 3, 2, 1, 0]);
  });

  await test.step('when the one that seals the log is killed, the other does', async () => {
    const [first, second] = instances as [Server, Server];
    expect(second.output()).not.toMatch(LEADS);
    await first.end('SIGKILL');
    await there.signIn(FIRST_ADMIN);
    await second.prints(LEADS);
    const client = new Client({ connectionString: await databaseUrl(folder.path) });
    await client.connect();
    const waiting = async () => (await client.query('SELECT count(*)::int AS n FROM audit_pending')).rows[0].n;
    await expect.poll(waiting).toBe(0);
    await client.end();
    const made = await there.act('createTokenAction', '/tokens', { name: 'after', description: '', expiration: { kind: 'never' } });
    expect(made.ok).toBe(true);
  });
});
