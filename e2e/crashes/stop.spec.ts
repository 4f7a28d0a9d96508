import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { Console } from '../support/console';
import { freezeDatabase } from '../support/freeze';
import { send, verify } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import { expect, test } from '../support/test';

type Failed = Error & { code?: string };

test('SIGTERM under load: no request in flight fails, and the process is gone within 10 s', async ({ ownServer }) => {
  const { url, end } = await ownServer({ ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password });
  const person = new Console(url);
  await person.signIn(FIRST_ADMIN);
  const expiration = { kind: 'never' };
  const created = await person.act<{ secret: string }>('createTokenAction', '/tokens', { name: 'Gateway', description: '', expiration });
  const secret = created.ok ? created.data.secret : '';

  const statuses: number[] = [];
  const failures: string[] = [];
  let drained = false;
  const callers = Array.from({ length: 32 }, async (_, i) => {
    // Half of them keep their connection, as gateways do; half open one for each request, until their balancer sends them elsewhere.
    const agent = i % 2 === 0 ? new Agent({ keepAlive: true, maxSockets: 1 }) : undefined;
    while (agent || !drained) {
      const answer = await verify(url, secret, agent).catch((error: Failed) => error);
      if (!(answer instanceof Error)) statuses.push(answer.status);
      else if (answer.code === 'ECONNREFUSED') break;
      else failures.push(`${agent ? 'kept' : 'new'} connection: ${answer.code ?? answer.message}`);
    }
    agent?.destroy();
  });
  await expect.poll(() => statuses.length).toBeGreaterThan(500);
  const startedAt = Date.now();
  const ended = end('SIGTERM');
  while (!drained) drained = (await send(url, '/readyz')).status === 503;
  expect(await ended).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  await Promise.all(callers);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(failures).toEqual([]);
});

for (const workers of ['1', '2']) {
  test(`SIGTERM while the database hangs: gone within 10 s, and the database is told (${workers} serving)`, async ({ ownServer }) => {
    const { url, dataDir, end, output } = await ownServer({
      ADMIN_EMAIL: FIRST_ADMIN.email,
      ADMIN_PASSWORD: FIRST_ADMIN.password,
      WORKERS: workers,
    });
    const person = new Console(url);
    await person.signIn(FIRST_ADMIN);
    const quota = { requests: 1_000_000, period: 'day' };
    const input = { name: 'Gateway', description: '', expiration: { kind: 'never' }, quota };
    const created = await person.act<{ secret: string }>('createTokenAction', '/tokens', input);
    const secret = created.ok ? created.data.secret : '';
    // Enough that every process holds a portion of the quota.
    for (let n = 0; n < 50; n++) expect((await verify(url, secret)).status).toBe(200);
    const thaw = await freezeDatabase(dataDir);
    const startedAt = Date.now();
    const underway = verify(url, secret).catch((error: Failed) => error);
    const code = await end('SIGTERM');
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect([0, 1, null]).toContain(code);
    const answer = await underway;
    expect(answer instanceof Error ? answer.message : answer.status).toBe(503);
    thaw();
    expect(output()).not.toContain('⨯');
    await expect.poll(() => readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => 'gone')).toBe('gone');
  });
}
