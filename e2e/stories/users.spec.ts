import { verify } from '../support/http';
import { addPerson, PASSWORD, type Person } from '../support/people';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';
import { choose, generateToken, rowOf } from '../support/tokens';

test('an administrator adds a user, who sets a password by the one-time link and signs in', async ({ signedIn, visit }) => {
  const { page, person: admin } = await signedIn('admin');
  const mark = admin.name.slice(-8);
  await page.goto('/users');
  await page.getByRole('button', { name: 'Add user' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add user' });
  await dialog.getByLabel('Name').fill(`Grace ${mark}`);
  await dialog.getByLabel('Email').fill(`grace-${mark}@example.org`);
  await dialog.getByLabel('Role').selectOption('Auditor');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const link = await page.getByRole('textbox', { name: 'One-time link' }).inputValue();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('searchbox', { name: 'Search users' }).fill(mark);
  await expect(rowOf(page, `Grace ${mark}`)).toContainText('Invited');

  const guest = await visit();
  await guest.page.goto(link);
  await expect(guest.page.getByText(`grace-${mark}@example.org`)).toBeVisible();
  await guest.page.getByLabel('Password', { exact: true }).fill('password1234');
  await guest.page.getByRole('button', { name: 'Set password' }).click();
  await expect(guest.page.getByText('among the commonest')).toBeVisible();
  await guest.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await guest.page.getByRole('button', { name: 'Set password' }).click();
  await signIn(guest.page, { email: `grace-${mark}@example.org`, password: PASSWORD });

  await test.step('the link worked once', async () => {
    await guest.page.goto(link);
    await expect(guest.page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
  });
});

test('a new one-time link replaces the one before', async ({ signedIn, visit }) => {
  const { page } = await signedIn('admin');
  const person = await addPerson('member');
  await page.goto(`/users?q=${person.name.slice(-8)}`);
  const links: string[] = [];
  for (let i = 0; i < 2; i++) {
    await choose(page, person.name, 'New one-time link');
    await page.getByRole('dialog').getByRole('button', { name: 'Make link' }).click();
    links.push(await page.getByRole('textbox', { name: 'One-time link' }).inputValue());
    await page.getByRole('button', { name: 'Done' }).click();
  }
  const guest = await visit();
  await guest.page.goto(links[0] ?? '');
  await expect(guest.page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
  await guest.page.goto(links[1] ?? '');
  await expect(guest.page.getByRole('heading', { name: 'Set your password' })).toBeVisible();
});

test('a disabled user is out at once, tokens included, and back when enabled', async ({ signedIn, shared, visit }) => {
  const { page: admin } = await signedIn('admin');
  const { page, person } = await signedIn('member');
  await page.goto('/tokens');
  const secret = await generateToken(page, 'Backup');
  expect((await verify(shared.url, secret)).status).toBe(200);

  await admin.goto(`/users/${person.id}`);
  const dialog = await choose(admin, person.name, 'Disable');
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expect(dialog).toBeHidden();
  expect((await verify(shared.url, secret)).status).toBe(401);
  await page.goto('/tokens');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();

  await test.step('the right password does not help, and is answered like a wrong one', async () => {
    const { page: again, faults } = await visit();
    faults.expect(/401/);
    await tryToSignIn(again, person);
    await expect(again.getByRole('alert').getByText('do not match an account')).toBeVisible();
  });

  const enable = await choose(admin, person.name, 'Enable');
  await enable.getByRole('button', { name: 'Enable' }).click();
  await expect(enable).toBeHidden();
  expect((await verify(shared.url, secret)).status).toBe(200);
  await page.reload();
  await signIn(page, person);
});

test('a change of role holds from the next click on', async ({ signedIn }) => {
  const { page: admin } = await signedIn('admin');
  const { page, person, faults } = await signedIn('auditor');
  faults.expect(/404/);
  await page.goto('/users');
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add user' })).toBeHidden();

  await admin.goto(`/users/${person.id}`);
  const dialog = await choose(admin, person.name, 'Change role');
  await dialog.getByLabel('Role').selectOption('Member');
  await dialog.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(dialog).toBeHidden();

  const answer = await page.goto('/users');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Users' })).toBeHidden();
});

test('the last administrator cannot be disabled or demoted, also not by themselves', async ({ ownServer, visit }) => {
  const admin = { email: 'only@example.org', password: 'harbour-violet-anvil-42' };
  const { url } = await ownServer({ ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password });
  const { page } = await visit({ baseURL: url });
  await page.goto('/login');
  await signIn(page, admin);
  await page.getByRole('link', { name: 'Users' }).click();

  const disable = await choose(page, 'only', 'Disable');
  await disable.getByRole('button', { name: 'Disable' }).click();
  await expect(disable.getByText('This is the last enabled administrator')).toBeVisible();
  await disable.getByRole('button', { name: 'Cancel' }).click();

  const demote = await choose(page, 'only', 'Change role');
  await demote.getByLabel('Role').selectOption('Member');
  await demote.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(demote.getByText('This is the last enabled administrator')).toBeVisible();
});

test('an administrator renames, re-dates and deletes tokens of others, and never sees a value', async ({ signedIn, shared }) => {
  const { page: owner, person } = await signedIn('member');
  await owner.goto('/tokens');
  const secret = await generateToken(owner, 'Exporter');

  const { page } = await signedIn('admin');
  await page.goto(`/users/${person.id}`);
  await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Generate token' })).toBeHidden();
  await page.getByRole('button', { name: 'Actions for Exporter' }).click();
  await expect(page.getByRole('menuitem')).toHaveText([
    'Rename',
    'Change expiration',
    'Edit access',
    'Bind to a key',
    'Suspend',
    'Show in audit log',
    'Delete',
  ]);
  await page.keyboard.press('Escape');

  const rename = await choose(page, 'Exporter', 'Rename');
  await rename.getByLabel('Name', { exact: true }).fill('Importer');
  await rename.getByRole('button', { name: 'Rename', exact: true }).click();
  await expect(rowOf(page, 'Importer')).toBeVisible();
  const change = await choose(page, 'Importer', 'Change expiration');
  await change.getByLabel('Expiration').selectOption('7 days');
  await change.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(rowOf(page, 'Importer')).toContainText('Expiring');
  expect(await page.content()).not.toContain(secret.slice(3));
  const remove = await choose(page, 'Importer', 'Delete');
  await remove.getByLabel('Confirm name').fill('Exporter');
  await remove.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(remove.getByText('not the name of the token')).toBeVisible();
  await remove.getByLabel('Confirm name').fill('Importer');
  await remove.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(remove).toBeHidden();
  expect((await verify(shared.url, secret)).status).toBe(401);

  await test.step('the owner reads in the log who did it', async () => {
    await owner.goto('/audit');
    const row = owner.getByRole('row').filter({ hasText: 'token.deleted' });
    await expect(row).toContainText('admin');
    await expect(row).toContainText('Importer');
  });
});

async function tryToSignIn(page: import('@playwright/test').Page, person: Person) {
  await page.goto('/login');
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
