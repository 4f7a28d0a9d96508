import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Console } from '../support/console';
import { send, verify } from '../support/http';
import { FIRST_ADMIN, signInOver } from '../support/people';
import { expect, test } from '../support/test';
import { generateToken, newToken, regenerateToken } from '../support/tokens';

/** Everything that a page holds or keeps: its markup, what stands in its fields, storage, history, cookies, caches. */
async function keptBy(page: Page): Promise<string> {
  const kept = await page.evaluate(async () => {
    const fields = [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value);
    const databases = await indexedDB.databases();
    const state = [history.state, document.cookie, location.href, document.title, { ...localStorage }, { ...sessionStorage }];
    const entries = performance.getEntries().map((entry) => entry.name);
    return JSON.stringify([document.documentElement.outerHTML, fields, databases, state, entries]);
  });
  return kept + JSON.stringify(await page.context().storageState());
}

test('a value is in one answer of the server and nowhere else', async ({ signedIn }) => {
  const { page } = await signedIn('member');
  const answers: string[] = [];
  await page.route(/\/(tokens|audit)\b/, async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    answers.push(await response.text());
    await route.fulfill({ response });
  });
  await page.goto('/tokens');
  const secret = await generateToken(page, 'Once');
  await newToken(page).getByRole('button', { name: 'Copy' }).click();

  await test.step('reading the list again does not lose it', async () => {
    await page.getByRole('searchbox', { name: 'Search tokens' }).fill('Once');
    await expect(page).toHaveURL(/q=Once/);
    await expect(newToken(page)).toBeVisible();
  });

  await test.step('leaving by a link and coming back does', async () => {
    await page.getByRole('link', { name: 'Audit log' }).click();
    await expect(page.getByRole('heading', { name: 'Audit log' })).toBeVisible();
    expect(await keptBy(page)).not.toContain(secret);
    await page.goBack();
    await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeVisible();
    await expect(newToken(page)).toBeHidden();
    expect(await keptBy(page)).not.toContain(secret);
  });

  const renewed = await regenerateToken(page, 'Once');
  expect(answers.filter((body) => body.includes(secret))).toHaveLength(1);
  expect(answers.filter((body) => body.includes(renewed))).toHaveLength(1);
  answers.length = 0;

  await test.step('and so does reloading', async () => {
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeVisible();
    await expect(newToken(page)).toBeHidden();
    expect(await keptBy(page)).not.toContain(renewed);
  });

  await page.unrouteAll({ behavior: 'ignoreErrors' });
  for (const body of answers) expect(body).not.toContain(renewed);
});

test('closing a value that was not copied asks first', async ({ signedIn }) => {
  const { page } = await signedIn('member');
  await page.goto('/tokens');
  await generateToken(page, 'Careless');
  await newToken(page).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Keep it open' }).click();
  await expect(newToken(page)).toBeVisible();
  await newToken(page).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close for good' }).click();
  await expect(newToken(page)).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeFocused();
});

test('the back-forward cache of a browser does not keep it either', async ({ playwright, launchOptions, shared, signedIn }) => {
  const { person } = await signedIn('member');
  const ignoreDefaultArgs = ['--disable-back-forward-cache'];
  const browser = await playwright.chromium.launch({ ...launchOptions, ignoreDefaultArgs });
  const page = await browser.newPage({ baseURL: shared.url });
  await signInOver(page.request, shared.url, person);
  await page.goto('/tokens');
  const secret = await generateToken(page, 'Cached');
  await newToken(page).getByRole('button', { name: 'Copy' }).click();
  await page.goto(`${shared.url}/healthz`);
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeVisible();
  await expect(newToken(page)).toBeHidden();
  expect(await keptBy(page)).not.toContain(secret);
  await browser.close();
});

test('a value is not on disk, not in the log, and not in any process list', async ({ ownServer }) => {
  const { url, dataDir, output, end, pid } = await ownServer({
    ADMIN_EMAIL: FIRST_ADMIN.email,
    ADMIN_PASSWORD: FIRST_ADMIN.password,
    LOG_LEVEL: 'trace',
  });
  const person = new Console(url);
  await person.signIn(FIRST_ADMIN);
  const input = { name: 'Hidden', description: '', expiration: { kind: 'days', days: 7 } };
  const created = await person.act<{ id: string; secret: string }>('createTokenAction', '/tokens', input);
  if (!created.ok) throw new Error(created.error.code);
  const { id, secret } = created.data;
  expect((await verify(url, secret)).status).toBe(200);
  await send(url, `/verify?token=${secret}`);
  await send(url, `/tokens?q=${secret}`);
  await send(url, '/verify', { headers: ['x-api-key', secret, 'authorization', `Bearer ${secret}`] });
  await send(url, '/verify', { headers: { 'x-api-key': `${secret.slice(0, -1)}!` } });
  await person.act('deleteTokenAction', '/tokens', { id, confirmName: 'Hidden' });
  expect((await verify(url, secret)).status).toBe(401);
  if (process.platform === 'linux') expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
  await end('SIGTERM');

  expect(output()).not.toContain(secret.slice(3, -6));
  expect(output()).not.toContain(FIRST_ADMIN.password);
  for (const file of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const content = await readFile(join(file.parentPath, file.name));
    for (const text of [secret.slice(3, -6), FIRST_ADMIN.password])
      expect(content.includes(text), `${file.name} holds ${text}`).toBe(false);
  }
});
