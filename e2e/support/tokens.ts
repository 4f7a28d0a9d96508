import { expect, type Locator, type Page } from '@playwright/test';

type Expiration = '7 days' | '30 days' | '60 days' | '90 days' | '1 year' | 'Custom' | 'No expiration';

/** Generates a token as a person does, and gives the value that is shown. */
export async function generateToken(page: Page, name: string, expiration: Expiration = '30 days'): Promise<string> {
  await page.getByRole('button', { name: 'Generate token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate token' });
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Expiration').selectOption(expiration);
  await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(dialog).toBeHidden();
  return shownValue(page);
}

/** The value in the region "New token". */
export async function shownValue(page: Page): Promise<string> {
  const value = await newToken(page).getByLabel('Token value').inputValue();
  expect(value).toMatch(/^lk_[0-9A-Za-z]{46}$/);
  return value;
}

/** The region in which a value stands once. */
export function newToken(page: Page): Locator {
  return page.getByRole('region', { name: 'New token' });
}

/** The row of a token (or of a user). */
export function rowOf(page: Page, name: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('button', { name: `Actions for ${name}`, exact: true }) });
}

/** Chooses an action of a row, and gives the dialog that it opens. */
export async function choose(page: Page, name: string, action: string): Promise<Locator> {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
  return page.getByRole('dialog', { name: new RegExp(`^${action}`) });
}

export async function renameToken(page: Page, from: string, to: string): Promise<void> {
  const dialog = await choose(page, from, 'Rename');
  await dialog.getByLabel('Name', { exact: true }).fill(to);
  await dialog.getByRole('button', { name: 'Rename', exact: true }).click();
  await expect(dialog).toBeHidden();
}

export async function changeExpiration(page: Page, name: string, expiration: Expiration): Promise<void> {
  const dialog = await choose(page, name, 'Change expiration');
  await dialog.getByLabel('Expiration').selectOption(expiration);
  await dialog.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(dialog).toBeHidden();
}

/** Regenerates, and gives the new value. */
export async function regenerateToken(page: Page, name: string): Promise<string> {
  const dialog = await choose(page, name, 'Regenerate');
  await dialog.getByRole('button', { name: 'Regenerate', exact: true }).click();
  await expect(dialog).toBeHidden();
  return shownValue(page);
}

export async function deleteToken(page: Page, name: string): Promise<void> {
  const dialog = await choose(page, name, 'Delete');
  await dialog.getByLabel('Confirm name').fill(name);
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(dialog).toBeHidden();
}

export async function suspendToken(page: Page, name: string, reason: string): Promise<void> {
  const dialog = await choose(page, name, 'Suspend');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Suspend', exact: true }).click();
  await expect(dialog).toBeHidden();
}

export async function resumeToken(page: Page, name: string): Promise<void> {
  const dialog = await choose(page, name, 'Resume');
  await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect(dialog).toBeHidden();
}
