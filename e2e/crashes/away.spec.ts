import { Client } from 'pg';
import { Console } from '../support/console';
import { databaseUrl } from '../support/database';
import { freezeDatabase } from '../support/freeze';
import { send } from '../support/http';
import { FIRST_ADMIN } from '../support/people';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';

const ADMIN = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };
const TITLE = 'Latchkey cannot reach its database';
const input = { name: 'CI', description: '', expiration: { kind: 'never' } };

/** What came, and after how many milliseconds. */
async function timed<T>(answer: Promise<T>): Promise<[T, number]> {
  const startedAt = Date.now();
  return [await answer, Date.now() - startedAt];
}

test('while the database hangs every page says so with 503 within 2 s, and works again within 5 s of its return', async ({
  ownServer,
  visit,
}) => {
  const { url, dataDir, output } = await ownServer(ADMIN);
  const person = new Console(url);
  await person.signIn(FIRST_ADMIN);
  const { page, faults } = await visit({ baseURL: url });
  faults.expect(/503/);
  await page.goto('/login');
  await signIn(page, FIRST_ADMIN);
  await page.getByRole('button', { name: 'Generate token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate token' });
  await dialog.getByLabel('Name').fill('Kept');

  const thaw = await freezeDatabase(dataDir);
  const paths = [
    '/',
    '/tokens',
    '/audit',
    '/audit/exports',
    '/alerts',
    '/users',
    '/profile',
    '/login',
    '/nothing',
    '/tokens?q=%22%3E%3Cscript%3E',
  ];
  for (const [answer, took] of await Promise.all(paths.map((path) => timed(person.request(path))))) {
    expect([answer.status, answer.headers['retry-after'], answer.headers['content-type']]).toEqual([503, '2', 'text/html; charset=utf-8']);
    expect(answer.body).toContain(TITLE);
    expect(answer.body).not.toContain('<script');
    expect(took).toBeLessThan(2000);
  }
  const [dutch] = await timed(send(url, '/tokens', { headers: { 'accept-language': 'nl' } }));
  expect(dutch.body).toContain('Opnieuw proberen');
  const [action, took] = await timed(person.act('createTokenAction', '/tokens', input).catch((error: Error) => error.message));
  expect([action, took < 2000]).toEqual([expect.stringContaining('503: unavailable'), true]);

  await dialog.getByRole('button', { name: 'Generate' }).click();
  await expect(dialog.getByRole('alert')).toHaveText(/cannot reach its database.*Nothing was changed/);
  await expect(dialog.getByLabel('Name')).toHaveValue('Kept');
  await dialog.getByLabel('Name').fill('');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('link', { name: 'Audit log' }).click();
  await expect(page.getByRole('heading', { name: TITLE })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/audit');

  thaw();
  await expect.poll(async () => (await person.request('/tokens')).status, { timeout: 5000, intervals: [50] }).toBe(200);
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Audit log' })).toBeVisible();
  await page.goto('/tokens');
  await expect(page.getByText('Kept')).toHaveCount(0);
  expect(output()).not.toContain('⨯');
});

test('a request that waits when the database begins to hang is answered within 2 s too', async ({ ownServer }) => {
  const { url, dataDir, output } = await ownServer(ADMIN);
  const person = new Console(url);
  await person.signIn(FIRST_ADMIN);
  const client = new Client({ connectionString: await databaseUrl(dataDir) });
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE session');
  const answers = Promise.all([
    person.request('/tokens'),
    person.act('createTokenAction', '/tokens', input).catch((error: Error) => error.message),
  ]);
  const waiting = `SELECT count(DISTINCT pid)::int AS n FROM pg_locks WHERE NOT granted`;
  await expect.poll(async () => (await client.query(waiting)).rows[0].n).toBeGreaterThan(1);

  const thaw = await freezeDatabase(dataDir);
  const [[page, action], took] = await timed(answers);
  expect([page.status, page.headers['retry-after']]).toEqual([503, '2']);
  expect(action).toContain('503: no_answer');
  expect(took).toBeLessThan(2000);

  thaw();
  await client.query('ROLLBACK');
  await client.end();
  await expect.poll(async () => (await person.request('/tokens')).status, { timeout: 5000, intervals: [50] }).toBe(200);
  expect(output()).not.toContain('⨯');
});
