import { Agent } from 'node:http';
import { Console } from '../support/console';
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
