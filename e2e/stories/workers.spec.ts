import { spawnSync } from 'node:child_process';
import { expect, test } from '@playwright/test';
import { Console } from '@/e2e/support/console';
import { send } from '@/e2e/support/http';
import { FIRST_ADMIN } from '@/e2e/support/people';
import { newDataDir, startServer } from '@/e2e/support/server';

test('several processes serve as one: their figures add up, one that dies is replaced, and a stop ends all', async () => {
  const { path, remove } = await newDataDir();
  const server = await startServer({ dataDir: path, env: { WORKERS: '2' } });
  const workers = () =>
    spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(server.pid)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes('server.mjs'))
      .map((line) => Number.parseInt(line, 10));
  try {
    expect(workers()).toHaveLength(2);
    expect((await fetch(`${server.url}/login`)).status).toBe(200);
    // A connection each: the parent deals them out in turn.
    for (let n = 0; n < 10; n++) expect((await fetch(`${server.url}/verify`, { headers: { connection: 'close' } })).status).toBe(401);
    const figures = await (await fetch(`${server.url}/metrics`)).text();
    expect(figures).toContain('latchkey_verifications_total{outcome="refused",reason="no_credential"} 10');
    expect(figures).toContain('latchkey_database_up 1');

    const [first = 0] = workers();
    process.kill(first, 'SIGKILL');
    await expect.poll(() => workers().filter((pid) => pid !== first)).toHaveLength(2);
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(200);
  } finally {
    const last = workers();
    expect(await server.end('SIGTERM')).toBe(0);
    for (const pid of last) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await remove();
  }
});

test('a token’s limit is one for all processes behind the port, and one that is deleted passes in none from the acknowledgement on', async () => {
  test.slow();
  const { path, remove } = await newDataDir();
  const { email, password } = FIRST_ADMIN;
  const env = { WORKERS: '3', ACCESS_LOG: 'buffered', ADMIN_EMAIL: email, ADMIN_PASSWORD: password };
  const server = await startServer({ dataDir: path, env });
  try {
    const person = new Console(server.url);
    await person.signIn(FIRST_ADMIN);
    const create = async (name: string, fields: object = {}) => {
      const input = { name, description: '', expiration: { kind: 'never' }, ...fields };
      const created = await person.act<{ id: string; secret: string }>('createTokenAction', '/tokens', input);
      if (!created.ok) throw new Error(created.error.code);
      return created.data;
    };
    // A connection each: the parent deals them out in turn.
    const verify = (secret: string) => send(server.url, '/verify', { headers: { 'x-api-key': secret, connection: 'close' } });

    const limited = await create('limited', { limit: { requests: 20, windowSeconds: 86_400 } });
    const answers = [];
    for (let n = 0; n < 24; n++) answers.push(await verify(limited.secret));
    expect(answers.map(({ status }) => status)).toEqual([...Array(20).fill(200), ...Array(4).fill(429)]);
    const left = answers.map(({ headers }) => Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]));
    expect(left).toEqual(Array.from({ length: 24 }, (_, n) => Math.max(0, 19 - n)));

    for (let round = 0; round < 3; round++) {
      const name = `deleted ${round}`;
      const { id, secret } = await create(name);
      for (let n = 0; n < 12; n++) expect((await verify(secret)).status).toBe(200);
      expect((await person.act('deleteTokenAction', '/tokens', { id, confirmName: name })).ok).toBe(true);
      const after = await Promise.all(Array.from({ length: 9 }, () => verify(secret)));
      expect(new Set(after.map(({ status }) => status))).toEqual(new Set([401]));
    }
  } finally {
    await server.end('SIGTERM');
    await remove();
  }
});
