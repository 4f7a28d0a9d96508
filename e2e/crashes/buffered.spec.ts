import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { signerOf } from '@/lib/audit/ledger/note';
import { verifyLedger } from '@/lib/audit/ledger/verify';
import { deriveKeys } from '@/lib/keys';
import { Console } from '../support/console';
import { databaseUrl } from '../support/database';
import { verify } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import { expect, test } from '../support/test';

const SETTINGS = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password, ACCESS_LOG: 'buffered' };
/** A long run: see CONTRIBUTING.md. */
const KILLS = Number(process.env.KILLS ?? 3);
const CONNECTIONS = 16;
/** What docs/settings.md says may be lost (ACCESS_LOG): milliseconds, and accesses. */
const TAIL = { milliseconds: 500, accesses: 12_000 };

/** An access that was answered 200: the id under which it is logged, and when its answer came. */
type Passed = { id: string; at: number };

/** Asks without a pause until it is stopped, or nobody answers any more. */
async function hammer(url: string, secret: string, passed: Passed[], agent: Agent, isStopped: () => boolean): Promise<void> {
  while (!isStopped()) {
    const answer = await verify(url, secret, agent).catch(() => null);
    if (answer === null) return;
    if (answer.status === 200) passed.push({ id: String(answer.headers['x-request-id']), at: performance.now() });
  }
}

/** How often each of these is in the log. */
async function storedOf(client: Client, ids: string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; count: number }>(
    `SELECT id, count(*)::int AS count FROM audit_event WHERE id = ANY($1::uuid[]) AND event = 'token.used' GROUP BY id`,
    [ids],
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}

test(`kill -9 with a buffered log, ${KILLS} times: what was answered before the last half second is stored, once, and the log is whole`, async ({
  ownServer,
}) => {
  test.setTimeout(60_000 + KILLS * 60_000);
  const runs: { passed: Passed[]; killedAt: number }[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await ownServer(SETTINGS);
    const person = new Console(server.url);
    await expect(() => person.signIn(FIRST_ADMIN)).toPass({ timeout: 30_000 });
    const input = { name: `buffered ${kill}`, description: '', expiration: { kind: 'never' } };
    const made = await person.act<{ secret: string }>('createTokenAction', '/tokens', input);
    if (!made.ok) throw new Error(made.error.code);
    const passed: Passed[] = [];
    const agent = new Agent({ keepAlive: true });
    let stopped = false;
    const load = Array.from({ length: CONNECTIONS }, () => hammer(server.url, made.data.secret, passed, agent, () => stopped));
    // Longer than the tail, so that there is something that must not be lost.
    await expect.poll(() => passed.length, { timeout: 60_000 }).toBeGreaterThan(1000);
    await pause(2 * TAIL.milliseconds + randomInt(400));
    const killedAt = performance.now();
    await server.end('SIGKILL');
    stopped = true;
    await Promise.all(load);
    agent.destroy();
    runs.push({ passed, killedAt });
  }

  const { dataDir } = await ownServer(SETTINGS);
  const [events, side] = await Promise.all(
    [0, 1].map(async () => {
      const client = new Client({ connectionString: await databaseUrl(dataDir) });
      await client.connect();
      return client;
    }),
  );
  if (!events || !side) throw new Error('no connection');
  for (const { passed, killedAt } of runs) {
    const stored = await storedOf(
      events,
      passed.map(({ id }) => id),
    );
    expect([...stored.values()].filter((count) => count !== 1)).toEqual([]);
    const lost = passed.filter(({ id }) => !stored.has(id));
    expect(lost.filter(({ at }) => at < killedAt - TAIL.milliseconds)).toEqual([]);
    expect(lost.length).toBeLessThanOrEqual(TAIL.accesses);
    console.log(`${passed.length} accesses answered, ${lost.length} of the last moment lost`);
  }
  const secretKey = Buffer.from((await readFile(join(dataDir, 'secret-key'), 'utf8')).trim(), 'base64');
  const found = await verifyLedger(events, side, { verifier: signerOf(deriveKeys(secretKey)).verifier });
  expect(found.problems).toEqual([]);
  await Promise.all([events.end(), side.end()]);
});
