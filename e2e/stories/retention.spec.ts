import { Client } from 'pg';
import { newId } from '@/lib/id';
import { databaseUrl } from '../support/database';
import { FIRST_ADMIN } from '../support/people';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';

const SETTINGS = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };

test('an administrator keeps the log for a year, is told first what that deletes, and finds the change in the log', async ({
  ownServer,
  visit,
}) => {
  const server = await ownServer(SETTINGS);
  const old = new Date(Date.UTC(new Date().getUTCFullYear() - 3, 2, 15));
  const client = new Client({ connectionString: await databaseUrl(server.dataDir) });
  await client.connect();
  await client.query(
    `INSERT INTO audit_event (id, at, event, actor_type, outcome) SELECT unnest($1::uuid[]), $2, 'token.used', 'token', 'ok'`,
    [[newId(old), newId(old), newId(old)], old],
  );
  await client.end();
  const { page } = await visit({ baseURL: server.url });
  await page.goto('/');
  await signIn(page, FIRST_ADMIN);
  await page.goto('/policy');
  const section = page.getByRole('region', { name: 'Retention of the log' });
  await expect(section.getByLabel('Accesses')).toHaveValue('');
  await section.getByLabel('Accesses').selectOption({ label: '1 year' });
  await section.getByRole('button', { name: 'Save retention' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take events out of the log?' });
  await expect(dialog).toContainText(/3 accesses from before .* \(UTC\)/);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.reload();
  await expect(section.getByLabel('Accesses')).toHaveValue('');

  await section.getByLabel('Accesses').selectOption({ label: '1 year' });
  await section.getByRole('button', { name: 'Save retention' }).click();
  await dialog.getByRole('button', { name: 'Save and delete' }).click();
  await expect(page.getByText('The retention has been saved.')).toBeVisible();
  await expect(section.getByLabel('Accesses')).toHaveValue('12');

  // Nothing goes on the same day, and keeping more asks nothing.
  const saved = page.getByText('The retention has been saved.');
  await expect(saved).toBeHidden({ timeout: 15_000 });
  await section.getByLabel('Accesses').selectOption({ label: 'For ever' });
  await section.getByRole('button', { name: 'Save retention' }).click();
  await expect(saved).toBeVisible();
  await page.goto('/audit?event=policy.changed');
  await expect(page.getByRole('row', { name: /policy/i })).toHaveCount(2);
});

test('auditors see the retention and cannot change it', async ({ signedIn }) => {
  const { page } = await signedIn('auditor');
  await page.goto('/policy');
  const section = page.getByRole('region', { name: 'Retention of the log' });
  await expect(section).toContainText('For ever');
  await expect(section.getByRole('button')).toHaveCount(0);
});
