import { db } from '@/lib/db';
import { createToken, deleteToken } from '@/lib/tokens/commands';
import { verify } from '../support/http';
import { actorOf, addPerson, type Person } from '../support/people';
import { expect, test } from '../support/test';

const never = { description: '', expiration: { kind: 'never' } } as const;

/** A deleted token whose value was tried, and the alert about that, which the server raises within seconds. */
async function triedAfterDeletion(owner: Person, url: string, name: string): Promise<{ id: string; secret: string }> {
  const { id, secret } = await createToken(actorOf(owner), { ...never, name });
  expect((await verify(url, secret)).status).toBe(200);
  await deleteToken(actorOf(owner), { id, confirmName: name });
  expect((await verify(url, secret)).status).toBe(401);
  await expect.poll(() => db().alert.count({ where: { tokenId: id, raisedAt: { not: null } } }), { timeout: 15_000 }).toBe(1);
  return { id, secret };
}

test('a deleted token that is tried raises an alert: an administrator sees it, follows it to its events, and acknowledges it', async ({
  signedIn,
  shared: { url },
}) => {
  const owner = await addPerson('member');
  const name = `Gone ${owner.id.slice(-6)}`;
  const { id } = await triedAfterDeletion(owner, url, name);
  const { page } = await signedIn('admin');
  const row = page.getByRole('row').filter({ hasText: name });

  await page.goto(`/tokens/${id}`);
  await expect(page.getByText('It is deleted, and its value is tried from 127.0.0.1.')).toBeVisible();
  await page.getByRole('link', { name: 'Show alerts' }).click();
  await expect(page).toHaveURL(`/alerts?state=open&token=${id}`);
  await expect(row).toContainText('Dead value tried');
  await expect(row).toContainText(owner.name);
  await expect(page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: /^Alerts.*open/ })).toBeVisible();

  await test.step('the link shows exactly its events', async () => {
    await row.getByRole('link', { name: 'Show events' }).click();
    await expect(page).toHaveURL(new RegExp(`/audit\\?event=token\\.refused&token=${id}&reason=deleted&ip=127\\.0\\.0\\.1`));
    await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);
    await page.goBack();
  });

  await test.step('acknowledging keeps the note, which everybody concerned can read', async () => {
    await row.getByRole('button', { name: 'Acknowledge' }).click();
    const dialog = page.getByRole('dialog', { name: 'Acknowledge alert' });
    await dialog.getByRole('button', { name: 'Acknowledge' }).click();
    await expect(dialog.getByText('Fill in this field')).toBeVisible();
    await dialog.getByLabel('Note').fill('An old job; its owner was told.');
    await dialog.getByRole('button', { name: 'Acknowledge' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText('No alert fits the filters')).toBeVisible();
    await page.getByLabel('State').selectOption('Acknowledged');
    await expect(row).toContainText('An old job; its owner was told.');
    const { page: theirs } = await signedIn(owner);
    await theirs.goto('/alerts');
    await expect(theirs.getByRole('row').filter({ hasText: name })).toContainText('An old job; its owner was told.');
    await expect(theirs.getByRole('heading', { name: 'Rules' })).toBeHidden();
  });

  await test.step('both are in the log', async () => {
    await page.goto(`/audit?token=${id}`);
    await expect(page.getByRole('button', { name: 'Alert raised' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Alert acknowledged' })).toBeVisible();
  });
});

test('an owner sees an alert about their token, which stays until an administrator acknowledges it; nobody else of their kind sees it', async ({
  signedIn,
  shared: { url },
}) => {
  const { page, person } = await signedIn('member');
  await page.goto('/alerts');
  await expect(page.getByText('Nothing unusual')).toBeVisible();
  const { id } = await triedAfterDeletion(person, url, 'Mine');
  await page.reload();
  await expect(page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Alerts (1 open)' })).toBeVisible();
  const { page: other } = await signedIn('member');
  await other.goto(`/alerts?token=${id}`);
  await expect(other.getByText('No alert fits the filters')).toBeVisible();
  await expect(page.getByText('An administrator looks into each alert')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Acknowledge' })).toHaveCount(0);
  const { page: admin } = await signedIn('admin');
  await admin.goto(`/alerts?token=${id}`);
  await admin.getByRole('button', { name: 'Acknowledge' }).click();
  await admin.getByRole('dialog').getByLabel('Note').fill('They know.');
  await admin.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await expect(admin.getByRole('dialog')).toBeHidden();
  await page.reload();
  await expect(page.getByRole('row').filter({ hasText: 'Mine' })).toContainText('Acknowledged');
  await expect(page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Alerts', exact: true })).toBeVisible();
});

test('administrators change a rule, within its bounds and on record; auditors read the rules', async ({ signedIn }) => {
  const { page, person } = await signedIn('admin');
  await page.goto('/alerts');
  const rule = page.getByRole('region', { name: 'Rules' }).getByRole('listitem').filter({ hasText: 'Unusual rate' });
  await expect(rule).toContainText('14 days');
  await rule.getByRole('button', { name: 'Edit rule: Unusual rate' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit rule: Unusual rate' });
  await expect(dialog.getByText('Default: 14 days. From 1 to 180.')).toBeVisible();
  const days = dialog.getByLabel('Length of its past, in days');
  for (const wrong of ['0', '181', '1.5', 'soon', '']) {
    await days.fill(wrong);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog.getByText('Use a whole number from 1 to 180.')).toBeVisible();
    await expect(days).toBeFocused();
  }
  await days.fill('15');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(rule).toContainText('15 days (Changed)');
  await page.goto(`/audit?event=alert.rule_changed&actor=${person.id}`);
  await page.getByRole('table').getByRole('button', { name: 'Alert rule changed' }).click();
  await expect(page.getByRole('dialog').getByRole('row').filter({ hasText: 'Days' })).toContainText('1415');
  const { page: auditor } = await signedIn('auditor');
  await auditor.goto('/alerts');
  await expect(auditor.getByRole('region', { name: 'Rules' })).toContainText('15 days');
  await expect(auditor.getByRole('button', { name: /^Edit rule/ })).toHaveCount(0);
});
