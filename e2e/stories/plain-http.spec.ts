import { chromium } from '@playwright/test';
import { watch } from '../support/faults';
import { FIRST_ADMIN } from '../support/people';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';
import { generateToken, newToken } from '../support/tokens';

const HOST = 'latchkey.test';

test('over plain HTTP, where browsers have no clipboard API, a value is copied all the same', async ({ ownServer, launchOptions }) => {
  const { url } = await ownServer((port) => ({
    ADMIN_EMAIL: FIRST_ADMIN.email,
    ADMIN_PASSWORD: FIRST_ADMIN.password,
    BASE_URL: `http://${HOST}:${port}`,
  }));

  const args = [...(launchOptions.args ?? []), `--host-resolver-rules=MAP ${HOST} 127.0.0.1`];
  const browser = await chromium.launch({ ...launchOptions, args });
  const context = await browser.newContext({ locale: 'en-GB' });
  const faults = watch(context);
  const page = await context.newPage();
  await page.goto(`${url}/login`);
  expect(await page.evaluate(() => [window.isSecureContext, navigator.clipboard === undefined])).toEqual([false, true]);
  await signIn(page, FIRST_ADMIN);
  const secret = await generateToken(page, 'Carried');
  await newToken(page).getByRole('button', { name: 'Copy' }).click();
  await expect(newToken(page).getByRole('button', { name: 'Copied' })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search tokens' }).focus();
  await page.keyboard.press('ControlOrMeta+V');
  await expect(page.getByRole('searchbox', { name: 'Search tokens' })).toHaveValue(secret);
  await browser.close();
  expect(faults.found()).toEqual([]);
});
