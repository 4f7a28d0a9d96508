import { createToken } from '@/lib/tokens/commands';
import { verify } from '../support/http';
import { actorOf, addPerson } from '../support/people';
import { expect, test } from '../support/test';
import { generateToken, rowOf, shownValue } from '../support/tokens';

test('a token has a page of its own, with its events, its use, and everything that one does with it', async ({
  signedIn,
  shared: { url },
}) => {
  const { page } = await signedIn('member');
  await page.goto('/tokens');
  const first = await generateToken(page, 'Storefront');
  expect((await verify(url, first)).status).toBe(200);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await rowOf(page, 'Storefront').getByRole('link', { name: 'Storefront' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Storefront' })).toBeVisible();
  // The value went with the page on which it was shown.
  await expect(page.getByRole('region', { name: 'New token' })).toBeHidden();

  const events = page.getByRole('region', { name: 'Latest events' });
  await expect(events.getByRole('listitem')).toContainText(['Token used', 'Token generated']);

  await test.step('gateway recipes name its address and come with a copy button', async () => {
    const use = page.getByRole('region', { name: 'Use this token' });
    await expect(use.getByText('curl -H')).toBeVisible();
    await use.getByRole('link', { name: 'nginx' }).click();
    await expect(use.getByText('auth_request /_latchkey/')).toBeVisible();
    await expect(use.getByText(`server ${new URL(url).host.replace('localhost', '127.0.0.1')};`)).toBeVisible();
    await expect(page).toHaveURL(/use=nginx/);
  });

  await test.step('it is regenerated here, and the new value shown', async () => {
    await page.getByRole('button', { name: 'Regenerate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Regenerate' }).click();
    const second = await shownValue(page);
    expect((await verify(url, first)).status).toBe(401);
    expect((await verify(url, second)).status).toBe(200);
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
  });

  await test.step('renamed, and deleted: its page stays for the log, without anything to do', async () => {
    await page.getByRole('button', { name: 'Actions for Storefront' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Shop');
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Shop' })).toBeVisible();
    await page.getByRole('button', { name: 'Actions for Shop' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByLabel('Confirm name').fill('Shop');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('article').getByText('Deleted', { exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Actions for Shop' })).toBeHidden();
  });
});

test('auditors see the page of somebody else’s token, with its owner and nothing to do', async ({ signedIn }) => {
  const other = await addPerson('member');
  const { id } = await createToken(actorOf(other), { name: 'Theirs', description: '', expiration: { kind: 'never' } });
  const { page } = await signedIn('auditor');
  await page.goto(`/tokens/${id}`);
  await expect(page.getByText(other.email)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Regenerate' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Actions for Theirs' })).toBeHidden();
});
