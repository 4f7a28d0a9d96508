import { addPerson } from '../support/people';
import { signIn, signOut } from '../support/sign-in';
import { expect, test } from '../support/test';

const NEW_PASSWORD = 'quartz-lemon-ferry-58';

test('a new password ends every other session and keeps this one', async ({ signedIn, visit }) => {
  const { page, person } = await signedIn('member');
  const elsewhere = await signedIn(person);
  await elsewhere.page.goto('/tokens');

  await page.goto('/profile');
  await page.getByLabel('Current password').fill('not this one at all');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/not right/);
  await page.getByLabel('Current password').fill(person.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  await expect(page.getByLabel('Current password')).toHaveValue('');

  await elsewhere.page.reload();
  await expect(elsewhere.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();

  const { page: again } = await visit();
  await again.goto('/login');
  await signIn(again, { ...person, password: NEW_PASSWORD });
});

test('other sessions are listed and can be signed out', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  const elsewhere = await signedIn(person);
  await elsewhere.page.goto('/tokens');
  await page.goto('/profile');
  const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem');
  await expect(sessions).toHaveCount(2);
  await expect(sessions.first()).toContainText('This browser');
  await page.getByRole('button', { name: 'Sign out others' }).click();
  await expect(sessions).toHaveCount(1);
  await elsewhere.page.getByRole('link', { name: 'Audit log' }).click();
  await expect(elsewhere.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('signing out ends the session on the server, not only in the browser', async ({ signedIn }) => {
  const { page, context, person } = await signedIn('member');
  await page.goto('/tokens');
  const cookies = await context.cookies();
  await signOut(page);
  await context.addCookies(cookies);
  await page.goto('/tokens');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await signIn(page, person);
  await page.goto('/audit');
  await expect(page.getByRole('row').filter({ hasText: 'user.signed_out' })).toHaveCount(1);
});

test('name, time zone, theme and language are kept with the account', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  await page.goto('/profile');
  await page.getByLabel('Name', { exact: true }).fill('Émilie du Châtelet');
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await page.getByLabel('Theme').selectOption('Dark');
  await page.getByLabel('Language').selectOption('Nederlands');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Profiel' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');

  const { page: other } = await signedIn(person, { locale: 'zh-CN', timezoneId: 'America/Lima' });
  await other.goto('/tokens');
  await expect(other.locator('html')).toHaveAttribute('lang', 'nl');
  await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark');
  await other.goto('/audit');
  await expect(other.getByText('Tijden in Asia/Tokyo')).toBeVisible();
  await expect(other.getByRole('table')).toContainText('Émilie du Châtelet');
});

for (const { locale, heading, generate, signInWords } of [
  { locale: 'nl-BE', heading: 'Tokens', generate: /[Tt]oken/, signInWords: 'Inloggen' },
  { locale: 'zh-CN', heading: '令牌', generate: /令牌/, signInWords: '登录' },
]) {
  test(`the console speaks the browser's language: ${locale}`, async ({ visit }) => {
    const person = await addPerson('admin');
    const { page } = await visit({ locale });
    await page.goto('/login');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(signInWords);
    await page.locator('input[name=email]').fill(person.email);
    await page.locator('input[name=password]').fill(person.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
    await expect(page.getByRole('button', { name: generate }).first()).toBeVisible();
    for (const path of ['/audit', '/alerts', '/users', `/users/${person.id}`, '/profile']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      // A message that is missing shows its key: "audit.columns.time".
      expect(await page.getByRole('main').textContent()).not.toMatch(/\b(?:common|errors|tokens|audit|users|profile)\.[a-z]+\.[a-z]+/);
    }
  });
}
