import { db } from '@/lib/db';
import { writeAccesses } from '@/lib/testing/usage';
import { createToken } from '@/lib/tokens/commands';
import { verify } from '../support/http';
import { actorOf, addPerson } from '../support/people';
import { expect, test } from '../support/test';

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY);
const scopes = ['orders:read', 'orders:write', 'stock:read'];
const never = { description: '', expiration: { kind: 'never' } } as const;

test('requests are counted within seconds, in figures, bars and a table, as far back as one likes', async ({
  signedIn,
  shared: { url },
}) => {
  const { page, person } = await signedIn('member');
  const { id, secret } = await createToken(actorOf(person), { ...never, name: 'Counted', scopes: ['orders:read'] });
  await page.goto(`/tokens/${id}`);
  const usage = page.getByRole('region', { name: 'Usage' });
  await expect(usage).toContainText('Not used yet');

  for (let n = 0; n < 3; n++) expect((await verify(url, secret, undefined, '?scope=orders:read')).status).toBe(200);
  expect((await verify(url, secret, undefined, '?scope=orders:write')).status).toBe(403);
  await expect(async () => {
    await page.reload();
    await expect(usage.getByRole('img', { name: '4 in all, 1 of them refused' })).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(usage.getByRole('listitem').filter({ hasText: 'Scope missing' })).toContainText('1');
  await expect(usage.getByRole('listitem').filter({ hasText: 'orders:read' })).toContainText('3');

  await usage.getByRole('link', { name: '30 days' }).click();
  await expect(page).toHaveURL(/usage=30d/);
  await expect(usage.getByRole('link', { name: '30 days' })).toHaveAttribute('aria-current', 'true');
  await usage.getByText('Show as a table').click();
  await expect(usage.getByRole('table', { name: 'Requests' }).getByRole('row')).toHaveCount(2);
  await page.getByRole('link', { name: 'nginx' }).click();
  await expect(page).toHaveURL(/use=nginx&usage=30d/);

  await test.step('the list and the overview know of it', async () => {
    await page.goto('/tokens');
    await expect(
      page.getByRole('row').filter({ hasText: 'Counted' }).getByRole('img', { name: '4 requests in 7 days, 1 refused' }),
    ).toBeVisible();
    await page.goto('/overview');
    await expect(page.getByRole('region', { name: 'Usage' }).getByRole('link', { name: 'Counted' })).toHaveCount(2);
  });

  await test.step('the log says what was asked for', async () => {
    await page.goto(`/audit?token=${id}&outcome=refused`);
    await page.getByRole('button', { name: 'Token refused' }).click();
    await expect(
      page
        .getByRole('dialog')
        .getByRole('definition')
        .filter({ hasText: /^orders:write$/ }),
    ).toBeVisible();
  });
});

test('scopes that nobody asked for in 30 days are pointed out, and taken away once the owner confirms it', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  const { id } = await createToken(actorOf(person), { ...never, name: 'Wide', scopes });
  await db().token.update({ where: { id }, data: { createdAt: ago(60) } });
  const by = { tokenId: id, actorId: person.id };
  await writeAccesses({ ...by, at: ago(40), scopes: 'stock:read' });
  await writeAccesses({ ...by, at: ago(1), scopes: 'orders:read' });
  const usage = page.getByRole('region', { name: 'Usage' });
  await expect(async () => {
    await page.goto(`/tokens/${id}`);
    await expect(usage.getByText('Unused for 30 days')).toHaveCount(2, { timeout: 1000 });
  }).toPass();

  await usage.getByRole('button', { name: 'Remove unused scopes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit access of Wide' });
  await expect(dialog.getByRole('button', { name: /^Remove / })).toHaveCount(1);
  await expect(dialog.getByRole('button', { name: 'Remove orders:read' })).toBeVisible();
  expect((await db().token.findUniqueOrThrow({ where: { id } })).scopes).toEqual(scopes);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(usage.getByText('Unused for 30 days')).toHaveCount(0);
  expect((await db().token.findUniqueOrThrow({ where: { id } })).scopes).toEqual(['orders:read']);
});

test('an auditor sees everybody’s usage, and has nothing to remove; a member sees none but their own', async ({ signedIn }) => {
  const other = await addPerson('member');
  const { id } = await createToken(actorOf(other), { ...never, name: `Busy ${other.name}`, scopes });
  await db().token.update({ where: { id }, data: { createdAt: ago(60) } });
  await writeAccesses({ at: ago(40), tokenId: id, actorId: other.id, scopes: 'stock:read' });
  await writeAccesses({ at: ago(0), tokenId: id, actorId: other.id, count: 1_000_000 });
  const { page: auditor } = await signedIn('auditor');
  await expect(async () => {
    await auditor.goto('/overview');
    await expect(auditor.getByRole('link', { name: `Busy ${other.name}` })).toBeVisible({ timeout: 1000 });
  }).toPass();
  await auditor.getByRole('link', { name: `Busy ${other.name}` }).click();
  await expect(auditor.getByText('Unused for 30 days').first()).toBeVisible();
  await expect(auditor.getByRole('button', { name: 'Remove unused scopes' })).toBeHidden();
  const { page: member } = await signedIn('member');
  await member.goto('/overview');
  await expect(member.getByText('No requests in the last 24 hours.')).toBeVisible();
});
