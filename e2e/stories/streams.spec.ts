import type { Page } from '@playwright/test';
import { Client } from 'pg';
import { hookReceiver } from '@/lib/testing/receivers';
import { databaseUrl } from '../support/database';
import { FIRST_ADMIN } from '../support/people';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';
import { choose, generateToken, rowOf } from '../support/tokens';

const SETTINGS = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password, SINK_ALLOWED_NETWORKS: '127.0.0.0/8' };

/** Every sealed event from the one on that added the stream, in the order of the ledger. */
async function eventsSince(dataDir: string): Promise<string[]> {
  const client = new Client({ connectionString: await databaseUrl(dataDir) });
  await client.connect();
  const { rows } = await client.query<{ id: string; event: string }>(
    `SELECT e.id, e.event FROM audit_leaf l JOIN audit_event e ON coalesce(e.leaf_id, e.id) = l.leaf_id ORDER BY l.number, e.id`,
  );
  await client.end();
  return rows.slice(rows.findIndex(({ event }) => event === 'stream.created')).map(({ id }) => id);
}

async function addWebhook(page: Page, url: string): Promise<string> {
  await page.getByRole('button', { name: 'Add stream' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add stream' });
  await dialog.getByLabel('Name', { exact: true }).fill('SIEM');
  for (const [bad, words] of [
    ['', /Fill in this field/],
    ['siem.example.org', /not an address that can be sent to/],
    ['https://169.254.169.254/latest', /private or reserved network/],
    ['https://[::1]/', /private or reserved network/],
  ] as const) {
    await dialog.getByLabel('URL').fill(bad);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(dialog.getByLabel('URL')).toHaveAccessibleDescription(words);
    await expect(dialog.getByLabel('URL')).toBeFocused();
  }
  await dialog.getByLabel('URL').fill(url);
  await dialog.getByLabel('Certificate authorities').fill('nonsense');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog.getByLabel('Certificate authorities')).toHaveAccessibleDescription(/not a certificate/);
  await dialog.getByLabel('Certificate authorities').fill('');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const key = await page.getByRole('textbox', { name: 'Signing key' }).inputValue();
  expect(key).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Close' }).click();
  return key;
}

test('an administrator streams the log to a receiver: test, refusal, another try, pause, and a crash in between that leaves no gap', async ({
  ownServer,
  visit,
}) => {
  test.setTimeout(180_000);
  const receiver = await hookReceiver();
  const idsTaken = () => receiver.taken.filter(({ type }) => type === 'audit.events').flatMap(({ events }) => events.map(({ id }) => id));
  const server = await ownServer(SETTINGS);
  const { page } = await visit({ baseURL: server.url });
  await page.goto('/login');
  await signIn(page, FIRST_ADMIN);
  await page.getByRole('link', { name: 'Streams' }).click();
  await expect(page.getByRole('main').getByText('No streams yet')).toBeVisible();

  receiver.signingKey = await addWebhook(page, receiver.url);
  await expect(page.getByText(receiver.signingKey)).toHaveCount(0);
  await expect.poll(() => receiver.taken.flatMap(({ events }) => events.map(({ event }) => event))).toContain('stream.created');

  await test.step('a test event', async () => {
    const dialog = await choose(page, 'SIEM', 'Send test event');
    receiver.answer = () => ({ status: 503 });
    await dialog.getByRole('button', { name: 'Send test event' }).click();
    await expect(dialog.getByRole('alert')).toHaveText('The target answered with status 503.');
    receiver.answer = () => ({ status: 204 });
    await dialog.getByRole('button', { name: 'Send test event' }).click();
    await expect(dialog).toBeHidden();
    expect(receiver.taken.at(-1)).toMatchObject({ type: 'audit.test', events: [{ event: 'stream.test' }] });
  });

  await test.step('its key is rotated: the receiver takes what comes with the old one and with the new one', async () => {
    const old = receiver.signingKey;
    const dialog = await choose(page, 'SIEM', 'Rotate signing key');
    await dialog.getByLabel('Old key').selectOption('Signs along for 7 days');
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    const key = await page.getByRole('textbox', { name: 'Signing key' }).inputValue();
    expect(key).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(key).not.toBe(old);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Close' }).click();
    await expect(rowOf(page, 'SIEM')).toContainText('The old key signs along until');
    await expect.poll(() => receiver.taken.flatMap(({ events }) => events.map(({ event }) => event))).toContain('stream.key_rotated');
    receiver.signingKey = key;
    const tested = await choose(page, 'SIEM', 'Send test event');
    await tested.getByRole('button', { name: 'Send test event' }).click();
    await expect(tested).toBeHidden();
    expect(receiver.faults).toEqual([]);
    expect((await page.content()).includes(key)).toBe(false);
  });

  await test.step('it sends operations alone, and everything again', async () => {
    for (const [what, about] of [
      ['Operations', /not the uses and refusals of tokens/],
      ['Everything', /Every event of the log/],
    ] as const) {
      const dialog = await choose(page, 'SIEM', 'Edit');
      await dialog.getByLabel('Events').selectOption(what);
      await expect(dialog.getByLabel('Events')).toHaveAccessibleDescription(about);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await expect(dialog).toBeHidden();
      await expect(rowOf(page, 'SIEM').getByText('Operations only')).toHaveCount(what === 'Operations' ? 1 : 0);
    }
  });

  await test.step('what is refused for good stands aside, and is taken later', async () => {
    receiver.answer = ({ type }) => ({ status: type === 'audit.events' ? 400 : 204 });
    await page.goto('/tokens');
    await generateToken(page, 'Refused');
    await page.goto('/streams');
    await expect(async () => {
      await page.reload();
      await expect(page.getByRole('heading', { name: 'Refused events' })).toBeVisible({ timeout: 1000 });
    }).toPass({ timeout: 60_000 });
    receiver.answer = () => ({ status: 200 });
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
    await expect(page.getByRole('heading', { name: 'Refused events' })).toHaveCount(0);
  });

  await test.step('a pause, and a crash', async () => {
    await (await choose(page, 'SIEM', 'Pause')).getByRole('button', { name: 'Pause' }).click();
    await expect(rowOf(page, 'SIEM')).toContainText('Paused');
    await page.goto('/tokens');
    await generateToken(page, 'While it paused');
    await page.goto('/streams');
    receiver.answer = () => null;
    const tries = receiver.tries.length;
    await (await choose(page, 'SIEM', 'Resume')).getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => receiver.tries.length).toBe(tries + 1);
    await server.end('SIGKILL');
    receiver.answer = () => ({ status: 200 });
    await ownServer(SETTINGS);
    await page.goto('/streams');
    await expect.poll(() => receiver.tries.length, { timeout: 30_000 }).toBeGreaterThan(tries + 1);
    expect(receiver.tries[tries + 1], 'the batch that nobody answered comes again under its id').toBe(receiver.tries[tries]);
    await expect.poll(async () => new Set(idsTaken())).toEqual(new Set(await eventsSince(server.dataDir)));
    expect(receiver.faults).toEqual([]);
  });

  await test.step('what it did is in the log, and the whole address nowhere', async () => {
    await page.goto('/audit?event=stream.created');
    await page.getByRole('table').getByRole('button', { name: 'Stream added' }).first().click();
    await expect(page.getByRole('dialog', { name: 'Stream added' })).toContainText('127.0.0.1');
    expect((await page.content()).includes('key=hidden')).toBe(false);
    await page.goto('/streams');
    expect((await page.content()).includes('key=hidden')).toBe(false);
    await (await choose(page, 'SIEM', 'Delete')).getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('main').getByText('No streams yet')).toBeVisible();
  });
  await receiver.close();
});

test('auditors see streams and cannot change them; to members there is no such page', async ({ signedIn }) => {
  const { page } = await signedIn('auditor');
  await page.goto('/streams');
  await expect(page.getByRole('heading', { name: 'Streams' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add stream' })).toHaveCount(0);
  const member = await signedIn('member');
  member.faults.expect(/404/);
  expect((await member.page.goto('/streams'))?.status()).toBe(404);
});
