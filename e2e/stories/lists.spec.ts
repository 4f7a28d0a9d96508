import { db } from '@/lib/db';
import { createToken } from '@/lib/tokens/commands';
import { actorOf } from '../support/people';
import { expect, test } from '../support/test';
import { rowOf } from '../support/tokens';

async function fill(person: Parameters<typeof actorOf>[0], count: number) {
  const actor = actorOf(person);
  for (let i = 1; i <= count; i++) {
    const expiration = i % 5 === 0 ? ({ kind: 'days', days: 7 } as const) : ({ kind: 'never' } as const);
    await createToken(actor, { name: `Token ${String(i).padStart(2, '0')}`, description: '', expiration });
  }
}

test('search, status, order and page of the tokens are in the URL, and Back undoes them', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  await fill(person, 30);
  await page.goto('/tokens');
  const actions = page.getByRole('button', { name: /^Actions for/ });
  await expect(actions.first()).toHaveAccessibleName('Actions for Token 30');

  await page.getByRole('columnheader', { name: 'Name' }).getByRole('link').click();
  await expect(page).toHaveURL(/sort=name/);
  await expect(actions.first()).toHaveAccessibleName('Actions for Token 01');
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');

  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/page=2/);
  await expect(rowOf(page, 'Token 30')).toBeVisible();

  await page.getByLabel('Status').selectOption('Expiring');
  await expect(page).toHaveURL(/status=expiring/);
  await expect(page).not.toHaveURL(/page=/);
  await expect(actions).toHaveCount(6);

  await page.getByRole('searchbox', { name: 'Search tokens' }).fill('2');
  await expect(page).toHaveURL(/q=2/);
  await expect(actions).toHaveCount(2);
  const address = page.url();

  await page.reload();
  await expect(page.getByRole('searchbox', { name: 'Search tokens' })).toHaveValue('2');
  await expect(page.getByLabel('Status')).toHaveValue('expiring');
  await expect(actions).toHaveCount(2);
  expect(page.url()).toBe(address);

  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(page).toHaveURL(/\/tokens\?sort=name(&dir=asc)?$/);
  await page.goBack();
  await expect(actions).toHaveCount(2);

  await page.goto('/tokens?q=nothing+like+it');
  await page.getByRole('link', { name: 'Show all tokens' }).click();
  await expect(actions.first()).toHaveAccessibleName('Actions for Token 30');
});

test('a page beyond the last shows the last', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  await fill(person, 3);
  await page.goto('/tokens?page=99');
  await expect(rowOf(page, 'Token 01')).toBeVisible();
});

test('the log is filtered and paged through the URL', async ({ signedIn }) => {
  const { page, person } = await signedIn('auditor');
  await fill(person, 60);
  await page.goto(`/audit?actor=${person.id}`);
  const events = page.getByRole('table', { name: 'Audit log' }).getByRole('button');
  await page.getByLabel('Event').selectOption({ label: 'Token generated' });
  await expect(page).toHaveURL(/event=token\.created/);
  await expect(page.getByRole('row').filter({ hasText: 'user.signed_in' })).toHaveCount(0);
  await expect(page.getByRole('row').filter({ hasText: 'Token 60' })).toBeVisible();

  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(page.getByRole('row').filter({ hasText: 'Token 01' })).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'Token 60' })).toBeHidden();
  await page.goBack();
  await expect(page.getByRole('row').filter({ hasText: 'Token 60' })).toBeVisible();

  await page.getByLabel('Token').fill('Token 07');
  await expect(page).toHaveURL(/token=Token\+07/);
  await expect(events).toHaveCount(1);
  await page.getByLabel('Outcome').selectOption('Refused');
  await expect(page.getByRole('main').getByText('No event fits')).toBeVisible();
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(page).toHaveURL(/\/audit$/);

  await page.goto('/audit?ip=300.1.1.1');
  await expect(page.getByLabel('IP address')).toHaveAccessibleDescription(/not an address/);
  await expect(page.getByRole('row').filter({ hasText: 'token.created' })).toHaveCount(0);
});

test('a token’s link to its events says which token it is, by its name', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  await fill(person, 3);
  const token = await db().token.findFirstOrThrow({ where: { ownerId: person.id, name: 'Token 02' }, select: { id: true } });
  await page.goto(`/audit?token=${token.id}`);
  await expect(page.getByLabel('Token', { exact: true })).toHaveValue('Token 02');
  await expect(page.getByRole('row').filter({ hasText: 'token.created' })).toHaveCount(1);
  await page.getByLabel('Token', { exact: true }).fill('Token 03');
  await expect(page).toHaveURL(/token=Token\+03/);
  await page.goto(`/audit?token=${token.id}&outcome=refused`);
  await expect(page.getByRole('link', { name: 'Token: Token 02' })).toBeVisible();
});

test('the filters of the log are one row under the search bar on a wide screen and two on a narrower one, dates at hand', async ({
  signedIn,
}) => {
  const { page } = await signedIn('auditor', { viewport: { width: 1440, height: 800 } });
  await page.goto('/audit');
  const bar = page.getByRole('search', { name: 'Filters' });
  const height = async () => (await bar.boundingBox())?.height;
  await expect(page.getByLabel('From', { exact: true })).toBeEnabled();
  expect(await height()).toBe(72);
  await page.setViewportSize({ width: 1024, height: 800 });
  expect(await height()).toBe(112);
  await page.getByLabel('From', { exact: true }).fill('2026-01-01T00:00');
  await expect(page).toHaveURL(/from=2025-12-31T23/);
  await page.getByLabel('To', { exact: true }).fill('2026-01-02T00:00');
  await expect(page).toHaveURL(/from=.*&to=2026-01-01T23/);
  await expect(page.getByLabel('Time', { exact: true })).toHaveValue('custom');
  expect(await height()).toBe(112);
  await page.getByLabel('Time', { exact: true }).selectOption('7 days');
  await expect(page).toHaveURL(/\/audit\?range=7d$/);
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('');
});

test('on a phone rows are cards with the same actions, and the navigation is a sheet', async ({ signedIn }) => {
  const { page, person } = await signedIn('member', { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true });
  await fill(person, 2);
  await page.goto('/tokens');
  await expect(page.getByRole('main').getByText('Last used').first()).toBeVisible();
  await page.getByRole('button', { name: 'Actions for Token 02' }).tap();
  await page.getByRole('menuitem', { name: 'Rename' }).tap();
  const dialog = page.getByRole('dialog', { name: /^Rename/ });
  await dialog.getByLabel('Name', { exact: true }).fill('In the hand');
  await dialog.getByRole('button', { name: 'Rename', exact: true }).tap();
  await expect(page.getByRole('button', { name: 'Actions for In the hand' })).toBeVisible();
  await page.getByRole('button', { name: 'Open navigation' }).tap();
  await page.getByRole('link', { name: 'Audit log' }).tap();
  await expect(page.getByRole('heading', { name: 'Audit log' })).toBeVisible();
});
