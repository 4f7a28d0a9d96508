import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Balancer, startBalancer } from '../support/balancer';
import { Console } from '../support/console';
import { databaseUrl } from '../support/database';
import { verify } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import { newDataDir, type Server, startServer } from '../support/server';

type IssuedToken = { id: string; secret: string };

const never = { kind: 'never' };
const REVOCATIONS = 30;

let folder: Awaited<ReturnType<typeof newDataDir>>;
let balancer: Balancer;
let instances: Server[];

test.beforeAll(async () => {
  // Servers that start one after the other, on a machine that may have other work.
  test.setTimeout(180_000);
  folder = await newDataDir();
  const ports: number[] = [];
  balancer = await startBalancer(ports);
  const BASE_URL = balancer.url;
  const admin = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };
  // The first one brings the database that the others share.
  const first = await startServer({ dataDir: folder.path, env: { BASE_URL, ...admin } });
  const shared = {
    BASE_URL,
    DATABASE_URL: await databaseUrl(folder.path),
    SECRET_KEY: (await readFile(join(folder.path, 'secret-key'), 'utf8')).trim(),
  };
  const others = await Promise.all(
    ['strict', 'buffered'].map((ACCESS_LOG) => startServer({ dataDir: folder.path, env: { ...shared, ACCESS_LOG } })),
  );
  instances = [first, ...others];
  ports.push(...instances.map(({ port }) => port));
});

test.afterAll(async () => {
  for (const instance of [...(instances ?? [])].reverse()) await instance.end('SIGTERM');
  await balancer.close();
  await folder.remove();
});

const origins = () => instances.map(({ port }) => `http://127.0.0.1:${port}`);
const statuses = (secret: string) => Promise.all(origins().map(async (origin) => (await verify(origin, secret)).status));

async function signedIn(): Promise<Console> {
  const person = new Console(balancer.url);
  await person.signIn(FIRST_ADMIN);
  return person;
}

async function create(person: Console, name: string): Promise<IssuedToken> {
  const made = await person.act<IssuedToken>('createTokenAction', '/tokens', { name, description: '', expiration: never });
  if (!made.ok) throw new Error(made.error.code);
  return made.data;
}

test('a session, a token and its end hold on every instance, whichever was asked', async () => {
  const person = await signedIn();
  for (let n = 0; n < 6; n++) expect((await person.request('/tokens')).status).toBe(200);
  const token = await create(person, 'everywhere');
  expect(await statuses(token.secret)).toEqual([200, 200, 200]);
  const regenerated = await person.act<IssuedToken>('regenerateTokenAction', '/tokens', { id: token.id, generation: 1 });
  if (!regenerated.ok) throw new Error(regenerated.error.code);
  expect(await statuses(regenerated.data.secret)).toEqual([200, 200, 200]);
});

test('a deleted token is refused everywhere from the acknowledgement on; where answers are buffered, within a second', async () => {
  const person = await signedIn();
  const lags: number[] = [];
  for (let n = 0; n < REVOCATIONS; n++) {
    const name = `revoked ${n}`;
    const { id, secret } = await create(person, name);
    expect(await statuses(secret)).toEqual([200, 200, 200]);
    expect((await person.act('deleteTokenAction', '/tokens', { id, confirmName: name })).ok).toBe(true);
    const acknowledged = performance.now();
    const [first, second, third] = await statuses(secret);
    expect([first, second]).toEqual([401, 401]);
    if (third !== 401) await expect.poll(async () => (await statuses(secret))[2], { intervals: [1] }).toBe(401);
    lags.push(performance.now() - acknowledged);
  }
  expect(Math.max(...lags)).toBeLessThan(1000);
});
