import type { Locator, Page } from '@playwright/test';
import { addPerson } from '../support/people';
import { expect, test } from '../support/test';
import { newToken, rowOf, shownValue } from '../support/tokens';

/** Presses Tab until `target` has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let i = 0; i < 60; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${target} cannot be reached by Tab`);
}

/** Opens the menu of a row and chooses an item by its first letter. */
async function chooseByKeys(page: Page, name: string, item: string): Promise<Locator> {
  await tabTo(page, page.getByRole('button', { name: `Actions for ${name}` }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.press(item[0] ?? '');
  const wanted = page.getByRole('menuitem', { name: item });
  while (!(await wanted.evaluate((element) => element === document.activeElement))) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  return page.getByRole('dialog', { name: new RegExp(`^${item}`) });
}

test('everything that one does with a token works without a pointer', async ({ visit, shared }) => {
  const person = await addPerson('member');
  const { page, context } = await visit();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: shared.url });

  await test.step('sign in', async () => {
    await page.goto('/login');
    await tabTo(page, page.getByLabel('Email'));
    await page.keyboard.type(person.email);
    await tabTo(page, page.getByLabel('Password', { exact: true }));
    await page.keyboard.type(person.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeVisible();
  });

  await test.step('skip the navigation', async () => {
    await page.keyboard.press('Tab');
    await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
  });

  await test.step('generate and copy', async () => {
    await tabTo(page, page.getByRole('button', { name: 'Generate token' }));
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Generate token' });
    await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused();
    await page.keyboard.type('Typed');
    await tabTo(page, dialog.getByLabel('Expiration'));
    await page.keyboard.type('90');
    await expect(dialog.getByLabel('Expiration')).toHaveValue('90');
    await tabTo(page, dialog.getByRole('button', { name: 'Generate', exact: true }));
    await page.keyboard.press('Space');
    await expect(newToken(page).getByRole('button', { name: 'Copy' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(newToken(page).getByRole('button', { name: 'Copied' })).toBeFocused();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await shownValue(page));
  });

  await test.step('the focus stays in a dialog, Escape asks before what was typed is lost, and the focus comes back', async () => {
    const dialog = await chooseByKeys(page, 'Typed', 'Rename');
    await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    }
    await tabTo(page, dialog.getByLabel('Name', { exact: true }));
    await page.keyboard.type('Almost');
    await page.keyboard.press('Escape');
    await expect(dialog.getByRole('alert')).toContainText('Discard what you entered?');
    await expect(dialog.getByRole('button', { name: 'Keep editing' })).toBeFocused();
    await tabTo(page, dialog.getByRole('button', { name: 'Discard' }));
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('button', { name: 'Actions for Typed' })).toBeFocused();
  });

  await test.step('rename', async () => {
    const dialog = await chooseByKeys(page, 'Typed', 'Rename');
    await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused();
    await page.keyboard.type('By hand');
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    await expect(rowOf(page, 'By hand')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Actions for By hand' })).toBeFocused();
  });

  await test.step('delete; a refusal moves the focus to the field that it is about', async () => {
    const dialog = await chooseByKeys(page, 'By hand', 'Delete');
    const confirm = dialog.getByLabel('Confirm name');
    await expect(confirm).toBeFocused();
    await page.keyboard.type('by foot');
    await page.keyboard.press('Enter');
    await expect(confirm).toHaveAccessibleDescription(/not the name of the token/);
    await expect(confirm).toBeFocused();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('By hand');
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('main').getByText('No tokens yet')).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeFocused();
  });

  await test.step('sign out', async () => {
    await tabTo(page, page.getByRole('button', { name: 'Account' }));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('menuitem').first()).toBeFocused();
    await page.keyboard.press('End');
    await expect(page.getByRole('menuitem', { name: 'Sign out' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  });
});
