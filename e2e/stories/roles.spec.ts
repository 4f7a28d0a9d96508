import { createToken } from '@/lib/tokens/commands';
import { actorOf, addPerson, type Person } from '../support/people';
import { expect, test } from '../support/test';
import { choose, generateToken, rowOf } from '../support/tokens';

const NOBODY = '01890000-0000-7000-8000-000000000000';

async function tokenOf(person: Person, name: string) {
  return createToken(actorOf(person), { name, description: '', expiration: { kind: 'days', days: 30 } });
}

test('members see their own tokens, what concerns them in the log, and nobody else', async ({ signedIn }) => {
  const other = await addPerson('member');
  const foreign = await tokenOf(other, 'Not for you');
  const { page, person, faults } = await signedIn('member');
  faults.expect(/404/);
  await tokenOf(person, 'Mine');
  await page.goto('/');
  await expect(page).toHaveURL(/\/tokens$/);
  await expect(rowOf(page, 'Mine')).toBeVisible();
  await expect(page.getByText('Not for you')).toBeHidden();
  await expect(page.getByRole('navigation', { name: 'Console' }).getByRole('link')).toHaveText([
    'Tokens',
    'Overview',
    'Audit log',
    'Alerts',
  ]);

  await page.goto('/audit');
  await expect(page.getByRole('row').filter({ hasText: 'Mine' })).toHaveCount(1);
  await expect(page.getByText('Not for you')).toBeHidden();

  await test.step('what is not theirs answers like what does not exist', async () => {
    const pages = [
      `/tokens/${foreign.id}`,
      `/tokens/${NOBODY}`,
      '/tokens/nothing',
      `/users/${other.id}`,
      `/users/${NOBODY}`,
      '/users/nobody',
      '/users',
      '/audit/integrity',
      '/audit/exports',
      '/nothing-here',
    ];
    const seen: { status?: number; words: string | null }[] = [];
    for (const path of pages) {
      const answer = await page.goto(path);
      await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
      seen.push({ status: answer?.status(), words: await page.getByRole('main').textContent() });
    }
    expect(seen).toEqual(pages.map(() => seen[0]));
    expect(seen[0]?.status).toBe(404);
  });

  await test.step('nor does the log tell of it by id', async () => {
    for (const filter of [`token=${foreign.id}`, `token=${NOBODY}`, `actor=${other.id}`, `actor=${NOBODY}`]) {
      await page.goto(`/audit?${filter}`);
      await expect(page.getByRole('main').getByText('No event fits')).toBeVisible();
    }
  });
});

test('auditors see everybody and the whole log, and change nothing of others', async ({ signedIn }) => {
  const other = await addPerson('member');
  await tokenOf(other, `Seen ${other.id.slice(-6)}`);
  const { page } = await signedIn('auditor');
  await page.goto('/tokens');
  await expect(page.getByRole('navigation', { name: 'Console' }).getByRole('link')).toHaveText([
    'Tokens',
    'Overview',
    'Audit log',
    // With the number of open ones: an auditor sees everybody's.
    /^Alerts/,
    'Users',
    'Policy',
    'Streams',
  ]);
  await expect(page.getByRole('button', { name: 'Generate token' })).toBeVisible();

  await page.goto(`/audit?actor=${other.id}`);
  await expect(page.getByRole('row').filter({ hasText: 'token.created' })).toContainText(`Seen ${other.id.slice(-6)}`);

  await page.goto('/users');
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Users' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add user' })).toBeHidden();
  await expect(page.getByRole('button', { name: /^Actions for/ })).toHaveCount(0);

  await page.goto(`/users/${other.id}`);
  await expect(page.getByRole('main').getByText(`Seen ${other.id.slice(-6)}`)).toBeVisible();
  await expect(page.getByRole('button', { name: /^Actions for|Generate token/ })).toHaveCount(0);
});

test('administrators see users and may act on them', async ({ signedIn }) => {
  const other = await addPerson('member');
  const { page } = await signedIn('admin');
  await page.goto(`/users?q=${other.name.slice(-8)}`);
  await page.getByRole('button', { name: `Actions for ${other.name}` }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Change role', 'New one-time link', 'Show in audit log', 'Disable']);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: other.name }).click();
  await expect(page.getByRole('heading', { name: other.name })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Sign-ins' })).toBeVisible();
});

test('an administrator who was demoted finds the open page powerless', async ({ signedIn }) => {
  const other = await addPerson('member');
  const { page: boss } = await signedIn('admin');
  const { page, person, faults } = await signedIn('admin');
  faults.expect(/404/);
  await page.goto(`/users/${other.id}`);
  const dialog = await choose(page, other.name, 'Disable');

  await boss.goto(`/users/${person.id}`);
  const demote = await choose(boss, person.name, 'Change role');
  await demote.getByLabel('Role').selectOption('Member');
  await demote.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(demote).toBeHidden();

  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expect(dialog.getByText('This does not exist, or is no longer there')).toBeVisible();
  await boss.goto(`/users/${other.id}`);
  await expect(boss.getByText('Active', { exact: true })).toBeVisible();
});

test('an open page of somebody who was disabled says so, and keeps what was typed', async ({ signedIn }) => {
  const { page: boss } = await signedIn('admin');
  const { page, person } = await signedIn('member');
  await page.goto('/tokens');
  await generateToken(page, 'Before');
  await page.getByRole('button', { name: 'Generate token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate token' });
  await dialog.getByLabel('Name', { exact: true }).fill('After');

  await boss.goto(`/users/${person.id}`);
  const disable = await choose(boss, person.name, 'Disable');
  await disable.getByRole('button', { name: 'Disable' }).click();
  await expect(disable).toBeHidden();

  await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(dialog.getByText('You are signed out')).toBeVisible();
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('After');
});

test('whoever is not signed in is led to the sign-in page, and back to where they were going', async ({ visit }) => {
  const person = await addPerson('auditor');
  const { page } = await visit();
  for (const path of [
    '/tokens?q=x',
    '/audit?event=token.used',
    '/audit/integrity',
    '/audit/exports',
    '/users',
    `/users/${person.id}`,
    '/profile',
  ]) {
    await page.goto(path);
    await expect(page).toHaveURL(`/login?callbackUrl=${encodeURIComponent(path)}`);
  }
  await page.goto('/audit?event=token.used');
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL('/audit?event=token.used');
  await expect(page.getByRole('heading', { name: 'Audit log' })).toBeVisible();
});
