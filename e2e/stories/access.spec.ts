import type { Page } from '@playwright/test';
import { createToken } from '@/lib/tokens/commands';
import { verify } from '../support/http';
import { actorOf } from '../support/people';
import { expect, test } from '../support/test';
import { choose, regenerateToken, resumeToken, rowOf, shownValue, suspendToken } from '../support/tokens';

/** What the gate answers: the status, and the error of a refusal. */
async function answerOf(url: string, secret: string, scope = ''): Promise<string> {
  const { status, body } = await verify(url, secret, undefined, scope && `?scope=${scope}`);
  return body === '' ? `${status}` : `${status} ${JSON.parse(body).error}`;
}

/** The newest event of a kind, opened. */
async function openEvent(page: Page, event: string) {
  await page.goto(`/audit?event=${event}`);
  await page.getByRole('table').getByRole('button').first().click();
  return page.getByRole('dialog');
}

test('a token is generated with scopes and an address, opens what they allow, and is narrowed and widened later', async ({
  signedIn,
  shared: { url },
}) => {
  const { page, person } = await signedIn('member');
  await createToken(actorOf(person), { name: 'Older', description: '', expiration: { kind: 'never' }, scopes: ['orders:refund'] });
  await page.goto('/tokens');

  const secret = await test.step('the fields are folded, complete what is in use, and name what cannot be', async () => {
    await page.getByRole('button', { name: 'Generate token' }).click();
    const dialog = page.getByRole('dialog', { name: 'Generate token' });
    const scopes = dialog.getByLabel('Scopes', { exact: true });
    const addresses = dialog.getByLabel('Allowed addresses');
    await dialog.getByLabel('Name', { exact: true }).fill('Storefront');
    await expect(scopes).toBeHidden();
    await dialog.getByRole('button', { name: 'Scopes, addresses, limit and key' }).click();
    await expect(dialog.locator('option[value="orders:refund"]')).toHaveCount(1);
    await scopes.fill('orders:read Orders:Write');
    await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
    await expect(scopes).toHaveAccessibleDescription(/“Orders:Write” cannot be a scope/);
    await expect(scopes).toBeFocused();
    await dialog.getByRole('button', { name: 'Remove Orders:Write' }).click();
    await scopes.fill('orders:write');
    for (const [text, words] of [
      ['10.0.0.0/33', /“10.0.0.0\/33” does not fit/],
      ['10.0.0.1/8', /For the whole range write 10.0.0.0\/8/],
    ] as const) {
      await addresses.fill(text);
      await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
      await expect(addresses).toHaveAccessibleDescription(words);
      await dialog.getByRole('button', { name: `Remove ${text}` }).click();
    }
    await addresses.fill('0.0.0.0/0,');
    await expect(dialog.getByText('a large part of all addresses')).toBeVisible();
    await addresses.press('Backspace');
    await expect(dialog.getByText('a large part of all addresses')).toBeHidden();
    await dialog.getByRole('button', { name: 'Add my address' }).click();
    await expect(dialog.getByRole('button', { name: 'Remove 127.0.0.1' })).toBeVisible();
    await expect(dialog.getByText('2 scopes, 1 address')).toBeVisible();
    await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(rowOf(page, 'Storefront')).toContainText('2 scopes · 1 address');
    return shownValue(page);
  });

  await test.step('the gate holds it to both', async () => {
    expect(await answerOf(url, secret, 'orders:read+orders:write')).toBe('200');
    expect(await answerOf(url, secret, 'orders:delete')).toBe('403 insufficient_scope');
  });

  await test.step('another address: refused at the next request, and then let in again', async () => {
    const dialog = await choose(page, 'Storefront', 'Edit access');
    await dialog.getByRole('button', { name: 'Remove 127.0.0.1/32' }).click();
    await dialog.getByLabel('Allowed addresses').fill('192.0.2.0/24 2001:DB8::/32');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(dialog).toBeHidden();
    expect(await answerOf(url, secret, 'orders:read')).toBe('403 address_not_allowed');
    const again = await choose(page, 'Storefront', 'Edit access');
    await expect(again.getByRole('button', { name: /^Remove/ })).toHaveCount(4);
    await again.getByRole('button', { name: 'Add my address' }).click();
    await again.getByRole('button', { name: 'Remove orders:write' }).click();
    await again.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(again).toBeHidden();
    expect(await answerOf(url, secret, 'orders:read')).toBe('200');
    expect(await answerOf(url, secret, 'orders:write')).toBe('403 insufficient_scope');
  });

  await test.step('the log has before and after, and why a request was refused', async () => {
    const scopes = await openEvent(page, 'token.scopes_changed');
    await expect(scopes.getByRole('row', { name: /Scopes orders:read orders:write orders:read$/ })).toBeVisible();
    const addresses = await openEvent(page, 'token.addresses_changed');
    const row = /Allowed addresses 192.0.2.0\/24 2001:db8::\/32 127.0.0.1\/32 192.0.2.0\/24 2001:db8::\/32/;
    await expect(addresses.getByRole('row', { name: row })).toBeVisible();
    await expect(async () => {
      await page.goto('/audit?event=token.refused');
      await expect(page.getByRole('row').filter({ hasText: 'Address not allowed' })).toHaveCount(1, { timeout: 500 });
      await expect(page.getByRole('row').filter({ hasText: 'Scope missing' })).toHaveCount(2, { timeout: 500 });
    }).toPass();
  });
});

test('a limit is chosen, held, raised and lifted', async ({ signedIn, shared: { url } }) => {
  const { page } = await signedIn('member');
  await page.goto('/tokens');
  await page.getByRole('button', { name: 'Generate token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate token' });
  await dialog.getByLabel('Name', { exact: true }).fill('Crawler');
  await dialog.getByRole('button', { name: 'Scopes, addresses, limit and key' }).click();
  const limit = dialog.getByLabel('Requests at most');
  await limit.fill('many');
  await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(limit).toHaveAccessibleDescription(/Use a whole number from 1 to 1,000,000/);
  await expect(limit).toBeFocused();
  await limit.fill('2');
  await dialog.getByLabel('Time window').selectOption('per day');
  await expect(dialog.getByText('No scopes, any address, 2 per day')).toBeVisible();
  await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(rowOf(page, 'Crawler')).toContainText('2 per day');
  const secret = await shownValue(page);
  const answers = async () => [await answerOf(url, secret), await answerOf(url, secret), await answerOf(url, secret)];
  expect(await answers()).toEqual(['200', '200', '429 rate_limited']);
  await rowOf(page, 'Crawler').getByRole('link', { name: 'Crawler', exact: true }).click();
  await expect(page).toHaveURL(/\/tokens\/[0-9a-f-]{36}$/);
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('meter', { name: '2 of 2 in the last 24 hours' })).toBeVisible({ timeout: 500 });
    await expect(page.getByRole('link', { name: '1 refused with 429 in 24 hours' })).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.goto('/tokens');

  const edit = await choose(page, 'Crawler', 'Edit access');
  await expect(edit.getByLabel('Requests at most')).toHaveValue('2');
  await expect(edit.getByLabel('Time window')).toHaveValue('day');
  await edit.getByLabel('Requests at most').fill('1');
  await edit.getByLabel('Time window').selectOption('per hour');
  await edit.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(edit).toBeHidden();
  expect(await answers()).toEqual(['200', '429 rate_limited', '429 rate_limited']);

  const lift = await choose(page, 'Crawler', 'Edit access');
  await lift.getByLabel('Requests at most').fill('');
  await lift.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(lift).toBeHidden();
  expect(await answers()).toEqual(['200', '200', '200']);

  const event = await openEvent(page, 'token.limit_changed');
  await expect(event.getByRole('row', { name: /Requests at most 1 None/ })).toBeVisible();
  await expect(event.getByRole('row', { name: /Window in seconds 3600 None/ })).toBeVisible();
  await expect(async () => {
    await page.goto('/audit?event=token.refused');
    await expect(page.getByRole('row').filter({ hasText: 'Too many requests' })).toHaveCount(3, { timeout: 500 });
  }).toPass();
});

test('a token is suspended, with a reason, and resumed', async ({ signedIn, shared: { url } }) => {
  const { page, person } = await signedIn('member');
  const { secret } = await createToken(actorOf(person), { name: 'Exporter', description: '', expiration: { kind: 'days', days: 30 } });
  await page.goto('/tokens');
  expect(await answerOf(url, secret)).toBe('200');

  await test.step('a reason is asked for', async () => {
    const dialog = await choose(page, 'Exporter', 'Suspend');
    await dialog.getByRole('button', { name: 'Suspend', exact: true }).click();
    await expect(dialog.getByLabel('Reason')).toHaveAccessibleDescription(/Fill in this field/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  await test.step('it is refused from then on, and the list says why', async () => {
    await suspendToken(page, 'Exporter', 'Seen in a build log');
    expect(await answerOf(url, secret)).toBe('401 invalid_token');
    const badge = rowOf(page, 'Exporter').getByRole('button', { name: 'Suspended' });
    await expect(badge).toHaveAccessibleDescription('Seen in a build log');
    await page.getByLabel('Status').selectOption('Suspended');
    await expect(page).toHaveURL(/status=suspended/);
    await expect(badge).toBeVisible();
  });

  await test.step('regenerated, it stays suspended, and says so', async () => {
    await page.getByRole('button', { name: 'Actions for Exporter' }).click();
    await expect(page.getByRole('menuitem')).toHaveText([
      'Rename',
      'Change expiration',
      'Edit access',
      'Bind to a key',
      'Regenerate',
      'Resume',
      'Show in audit log',
      'Delete',
    ]);
    await page.keyboard.press('Escape');
    const renewed = await regenerateToken(page, 'Exporter');
    await expect(page.getByRole('region', { name: 'New token' })).toContainText('It is suspended');
    expect(await answerOf(url, renewed)).toBe('401 invalid_token');
    await resumeToken(page, 'Exporter');
    expect(await answerOf(url, renewed)).toBe('200');
    expect(await answerOf(url, secret)).toBe('401 invalid_token');
  });

  await test.step('the log has it all', async () => {
    const suspended = await openEvent(page, 'token.suspended');
    await expect(suspended.getByRole('row', { name: /Reason None Seen in a build log/ })).toBeVisible();
    await openEvent(page, 'token.resumed');
    await page.goto('/audit?outcome=refused');
    await expect(page.getByRole('row').filter({ hasText: 'token.refused' })).toContainText(['Suspended', 'Suspended']);
  });
});

test('an administrator narrows and suspends tokens of others', async ({ signedIn, shared: { url } }) => {
  const { person } = await signedIn('member');
  const { secret } = await createToken(actorOf(person), { name: 'Theirs', description: '', expiration: { kind: 'never' } });
  const { page } = await signedIn('admin');
  await page.goto(`/users/${person.id}`);
  const dialog = await choose(page, 'Theirs', 'Edit access');
  await dialog.getByLabel('Allowed addresses').fill('192.0.2.7');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dialog).toBeHidden();
  expect(await answerOf(url, secret)).toBe('403 address_not_allowed');
  await suspendToken(page, 'Theirs', 'Under review');
  expect(await answerOf(url, secret)).toBe('401 invalid_token');
});
