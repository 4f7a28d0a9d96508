import { createToken, regenerateToken } from '@/lib/tokens/commands';
import { send, verify } from '../support/http';
import { actorOf, FIRST_ADMIN } from '../support/people';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';
import { choose, generateToken, rowOf, shownValue } from '../support/tokens';

const HOUR = 3600;

test('a value is replaced with a grace: both pass, one sees who is late, and ends it', async ({ signedIn, shared: { url } }) => {
  const { page } = await signedIn('member');
  await page.goto('/tokens');
  const old = await generateToken(page, 'Importer');
  const statusOf = async (secret: string) => (await verify(url, secret)).status;
  const sendAs = (agent: string) => send(url, '/verify', { headers: { 'x-api-key': old, 'user-agent': agent } });
  const panel = page.getByRole('region', { name: 'Old value' });

  const live = await test.step('the dialog says until when, and what happens then', async () => {
    const dialog = await choose(page, 'Importer', 'Regenerate');
    const grace = dialog.getByLabel('Keep the old value working for');
    await expect(grace).toHaveValue('0');
    await expect(dialog.getByText(/stops working at once: whatever still sends it is refused/)).toBeVisible();
    await expect(grace.getByRole('option')).toHaveText(['None', '1 hour', '8 hours', '24 hours']);
    await grace.selectOption('8 hours');
    await expect(dialog.getByText(/works beside the new one until .* \(Europe\/Amsterdam\)/)).toBeVisible();
    await dialog.getByRole('button', { name: 'Regenerate', exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('region', { name: 'New token' })).toContainText(
      /The old value goes on working until .* \(Europe\/Amsterdam\)/,
    );
    return shownValue(page);
  });

  await test.step('both values pass, and the list says so', async () => {
    expect(live).not.toBe(old);
    expect([await statusOf(live), (await sendAs('nightly-import/3')).status]).toEqual([200, 200]);
    await rowOf(page, 'Importer')
      .getByRole('link', { name: /^Old value ends in \d hours$/ })
      .click();
    await expect(page).toHaveURL(/\/tokens\/[0-9a-f-]{36}#old-value$/);
  });

  await test.step('the token’s page shows who still uses it, and goes on looking', async () => {
    const rows = panel.getByRole('table', { name: 'Uses of the old value' }).getByRole('row');
    await expect(rows.filter({ hasText: 'nightly-import/3' })).toContainText('127.0.0.1');
    await sendAs('laptop/1');
    await sendAs('laptop/1');
    await expect(rows.filter({ hasText: 'laptop/1' })).toContainText('2');
    await expect(rows).toHaveCount(3);
  });

  await test.step('it is given longer, once', async () => {
    await panel.getByRole('button', { name: 'Extend' }).click();
    const dialog = page.getByRole('dialog', { name: 'Extend the old value of Importer' });
    await dialog.getByLabel('Keep it working for').selectOption('1 hour');
    await expect(dialog.getByText('It works as long as that already.')).toBeVisible();
    await dialog.getByRole('button', { name: 'Extend', exact: true }).click();
    await expect(dialog.getByLabel('Keep it working for')).toHaveAccessibleDescription(/would work no longer than it does/);
    await dialog.getByLabel('Keep it working for').selectOption('24 hours');
    await dialog.getByRole('button', { name: 'Extend', exact: true }).click();
    await expect(dialog).toBeHidden();
    expect((await sendAs('laptop/1')).status).toBe(200);
  });

  await test.step('finished, it is refused from the next request on; the new one passes', async () => {
    await panel.getByRole('button', { name: 'Finish now' }).click();
    const dialog = page.getByRole('dialog', { name: /^Finish the old value of/ });
    await expect(dialog).toContainText('nothing brings it back');
    await dialog.getByRole('button', { name: 'Finish now' }).click();
    await expect(dialog).toBeHidden();
    await expect(panel.getByRole('heading', { name: 'Old value' })).toBeFocused();
    const answer = await sendAs('nightly-import/3');
    expect([answer.status, answer.body, await statusOf(live)]).toEqual([401, '{"error":"invalid_token"}', 200]);
    await expect(panel).toContainText('stopped working');
    await expect(panel.getByRole('button', { name: 'Finish now' })).toBeHidden();
  });

  await test.step('whoever still tries it is told to the owner: on the page, in the list, and in the log', async () => {
    const notice = panel.getByText(/The old value was tried once since it ended, .* from 127\.0\.0\.1\./);
    await expect(async () => {
      await page.reload();
      await expect(notice).toBeVisible({ timeout: 500 });
    }).toPass();
    await page.goto('/tokens');
    await rowOf(page, 'Importer').getByRole('link', { name: 'Old value tried once' }).click();
    await panel.getByRole('link', { name: 'Show in the audit log' }).click();
    const events = page.getByRole('table').getByRole('row').filter({ hasText: 'token.refused' });
    await expect(events).toHaveCount(1);
    await events.getByRole('button', { name: 'Token refused' }).click();
    await expect(page.getByRole('dialog')).toContainText('A replaced one: number 1');
    await page.goto('/audit?event=token.grace_ended');
    await page.getByRole('table').getByRole('button').first().click();
    await expect(page.getByRole('dialog').getByRole('row', { name: /^Old value works until/ })).toBeVisible();
  });
});

test('an administrator ends the old value of somebody else, an auditor looks on', async ({ signedIn, shared: { url } }) => {
  const { person } = await signedIn('member');
  const first = await createToken(actorOf(person), { name: 'Theirs', description: '', expiration: { kind: 'never' } });
  const second = await regenerateToken(actorOf(person), { id: first.id, generation: 1, graceSeconds: HOUR });

  const auditor = await signedIn('auditor');
  await auditor.page.goto(`/tokens/${first.id}`);
  const seen = auditor.page.getByRole('region', { name: 'Old value' });
  await expect(seen).toContainText('Nobody has used it since it was replaced.');
  await expect(seen.getByRole('button', { name: 'Finish now' })).toBeHidden();

  const { page } = await signedIn('admin');
  await page.goto(`/tokens/${first.id}`);
  await page.getByRole('region', { name: 'Old value' }).getByRole('button', { name: 'Finish now' }).click();
  await page
    .getByRole('dialog', { name: /^Finish the old value of/ })
    .getByRole('button', { name: 'Finish now' })
    .click();
  await expect(page.getByRole('region', { name: 'Old value' })).toContainText('stopped working');
  expect([(await verify(url, first.secret)).status, (await verify(url, second.secret)).status]).toEqual([401, 200]);
  // The auditor’s page finds out by itself.
  await expect(seen).toContainText('stopped working');
});

test('an administrator lowers the longest grace: the dialog offers no more, and none where none is allowed', async ({
  ownServer,
  visit,
}) => {
  const server = await ownServer({ ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password });
  const { page } = await visit({ baseURL: server.url });
  await page.goto('/');
  await signIn(page, FIRST_ADMIN);
  await generateToken(page, 'Importer');
  const other = await page.context().newPage();
  await other.goto('/tokens');
  const stale = await choose(other, 'Importer', 'Regenerate');
  const allow = async (label: string) => {
    await page.goto('/policy');
    const section = page.getByRole('region', { name: 'Grace of replaced values' });
    await section.getByLabel('Longest grace').selectOption({ label });
    await section.getByRole('button', { name: 'Save grace' }).click();
    await expect(page.getByText('The longest grace has been saved.')).toBeVisible();
    await page.goto('/tokens');
    return choose(page, 'Importer', 'Regenerate');
  };

  const four = await allow('4 hours');
  await expect(four.getByRole('option')).toHaveText(['None', '1 hour', '4 hours']);
  await stale.getByLabel('Keep the old value working for').selectOption('24 hours');
  await stale.getByRole('button', { name: 'Regenerate', exact: true }).click();
  await expect(stale.getByLabel('Keep the old value working for')).toHaveAccessibleDescription(/at most 4 hours|4 hours at most/);

  const none = await allow('None: old values stop at once');
  await expect(none.getByRole('combobox')).toHaveCount(0);
  await expect(none).toContainText('stops working at once');
  await none.getByRole('button', { name: 'Regenerate', exact: true }).click();
  await expect(page.getByRole('region', { name: 'New token' })).toBeVisible();
  await page.goto('/audit?event=policy.changed');
  await page.getByRole('table').getByRole('button').first().click();
  await expect(page.getByRole('dialog').getByRole('row', { name: /^Longest grace, in hours/ })).toContainText('4');
});
