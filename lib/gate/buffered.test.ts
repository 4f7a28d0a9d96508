import type { Pool, QueryConfig } from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { db, onCommit, pool } from '@/lib/db';
import { createGate, type Gate } from '@/lib/gate/verify';
import type { Actor } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { createActor, testDatabase } from '@/lib/testing/database';
import { testGates } from '@/lib/testing/gate';
import { createToken, deleteToken } from '@/lib/tokens/commands';

testDatabase();
const { serve } = testGates();
let gate: Gate;
let owner: Actor;
let url: string;

/** While set, statements that store accesses wait for it: a database that hangs. */
let held: Promise<void> | undefined;

async function whileHeld(work: () => Promise<void>): Promise<void> {
  let release = () => {};
  held = new Promise((done) => {
    release = done;
  });
  await work().finally(release);
  held = undefined;
}

function holding(real: Pool): Pool {
  const query = async (config: QueryConfig) => {
    if (config.name === 'gate-access-log') await held;
    return real.query(config);
  };
  return Object.assign(Object.create(real), { query });
}

beforeAll(async () => {
  owner = await createActor('member', { name: 'Owner', email: 'owner@example.org' });
  gate = createGate({ ...runtime(), env: { ...runtime().env, accessLog: 'buffered' } }, holding(pool()));
  onCommit(gate.doubt);
  url = await serve(gate);
});

const newToken = (name: string) => createToken(owner, { name, description: '', expiration: { kind: 'days', days: 30 } });
const statusOf = async (secret: string) => (await fetch(url, { headers: { 'x-api-key': secret } })).status;
const stored = (tokenId: string) => db().auditEvent.count({ where: { tokenId, event: 'token.used' } });

test('buffered, a known token passes before its access is stored, and every access is stored once', async () => {
  const token = await newToken('buffered');
  expect(await statusOf(token.secret)).toBe(200);
  const answers: Promise<number>[] = [];
  await whileHeld(async () => {
    for (let n = 0; n < 10; n++) answers.push(statusOf(token.secret));
    expect(await Promise.race(answers)).toBe(200);
    expect(await stored(token.id)).toBe(1);
  });
  // On a busy machine the later ones may have come after the half second, and waited.
  const passed = (await Promise.all(answers)).filter((status) => status === 200);
  await gate.drained();
  expect(await stored(token.id)).toBe(1 + passed.length);
});

test('buffered, nobody passes on what the database has not confirmed within the last half second', async () => {
  const token = await newToken('unconfirmed');
  expect(await statusOf(token.secret)).toBe(200);
  const answers: Promise<number>[] = [];
  await whileHeld(async () => {
    const startedAt = performance.now();
    for (let waits = false; !waits; ) {
      const answer = statusOf(token.secret);
      answers.push(answer);
      waits = (await Promise.race([answer, new Promise((late) => setTimeout(late, 300, 'waits'))])) === 'waits';
    }
    expect(performance.now() - startedAt).toBeLessThan(1300);
  });
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  await gate.drained();
  expect(await stored(token.id)).toBe(answers.length + 1);
});

test('buffered, a token is refused from the acknowledgement of its deletion on', async () => {
  for (let n = 0; n < 20; n++) {
    const token = await newToken(`deleted ${n}`);
    for (let use = 0; use < 3; use++) expect(await statusOf(token.secret)).toBe(200);
    await deleteToken(owner, { id: token.id, confirmName: `deleted ${n}` });
    expect(await statusOf(token.secret)).toBe(401);
  }
});
