import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { loadAudit } from '@/bench/load-audit';
import { isSignedBy, parseKey } from '@/lib/audit/ledger/note';
import { databaseUrl } from '../support/database';
import { FIRST_ADMIN } from '../support/people';
import { scan } from '../support/scan';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';

// What a verification holds while it runs: lib/boot/verification.ts.
const TURN = '130178083284601';
const SETTINGS = { ADMIN_EMAIL: FIRST_ADMIN.email, ADMIN_PASSWORD: FIRST_ADMIN.password };

async function connected(dataDir: string): Promise<Client> {
  const client = new Client({ connectionString: await databaseUrl(dataDir) });
  client.on('error', () => {});
  await client.connect();
  return client;
}

test('an administrator verifies the log, leaves while it runs, survives a crash, and reads exactly what is wrong once something is', async ({
  ownServer,
  visit,
}) => {
  test.setTimeout(240_000);
  const server = await ownServer(SETTINGS);
  const client = await connected(server.dataDir);
  await loadAudit(client, { events: 3000, tokens: 5, users: 2, days: 2, until: new Date(Date.now() - 60_000) });
  await expect.poll(async () => (await client.query('SELECT FROM audit_pending')).rowCount).toBe(0);
  const { page, context, faults } = await visit({ baseURL: server.url, reducedMotion: 'reduce' });
  await page.goto('/login');
  await signIn(page, FIRST_ADMIN);
  await page.goto('/audit');
  await expect(page.getByRole('main').getByText('Not verified yet')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Integrity' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Integrity' })).toBeVisible();
  const whole = page.getByText('The log is what was signed.');
  const bar = page.getByRole('progressbar', { name: 'Verifying' });

  await test.step('how far it is can be seen by everybody', async () => {
    // With the turn taken, the background leaves it as it is.
    await client.query('SELECT pg_advisory_lock($1)', [TURN]);
    await page.getByRole('button', { name: 'Verify now' }).click();
    await expect(bar).toHaveAttribute('aria-valuetext', 'It begins in a moment.');
    await client.query(`UPDATE audit_verification SET state = 'running', done = 1200, total = 3000`);
    await expect(bar).toHaveAttribute('aria-valuetext', '1,200 of 3,000 leaves');
    await expect(bar).toHaveAttribute('aria-valuenow', '40');
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await scan(page, `a verification that runs, ${width} px`);
    }
    await client.query('DELETE FROM audit_verification');
    await client.query('SELECT pg_advisory_unlock($1)', [TURN]);
    await page.reload();
  });

  await test.step('it goes on when its page is left, and another press finds the one that runs', async () => {
    await client.query('BEGIN; LOCK TABLE audit_node IN ACCESS EXCLUSIVE MODE');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await expect(bar).toBeVisible();
    await expect(bar).toHaveAttribute('aria-valuetext', / of .* leaves$/);
    await expect(page.getByRole('button', { name: 'Verifying' })).toHaveAttribute('aria-disabled', 'true');
    await page.goto('/tokens');
    await page.goto('/audit/integrity');
    await expect(bar).toBeVisible();
    await client.query('ROLLBACK');
    await expect(whole).toBeVisible();
    await expect(bar).toBeHidden();
    expect((await client.query(`SELECT FROM audit_event WHERE event = 'audit.verified'`)).rowCount).toBe(1);
    await expect(page.getByRole('main')).toContainText(/Verified .* by \S/);
    // What was loaded is from before: no problem, but not passed over.
    await expect(page.getByRole('region', { name: 'To be looked at' })).toContainText('were sealed more than an hour after');
    await scan(page, 'what a verification found');
  });

  await test.step('the key and the checkpoint can be taken along, and belong together', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy key' }).click();
    const key = parseKey(await page.evaluate(() => navigator.clipboard.readText()));
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
    expect(file.suggestedFilename()).toMatch(/^latchkey-checkpoint-\d+\.txt$/);
    expect(key && isSignedBy(await readFile(await file.path(), 'utf8'), key)).toBe(true);
  });

  await test.step('a crash in the middle leaves one that was interrupted, and another can be made', async () => {
    await client.query('BEGIN; LOCK TABLE audit_node IN ACCESS EXCLUSIVE MODE');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await expect(bar).toHaveAttribute('aria-valuetext', /of/);
    faults.expect(/ERR_CONNECTION_REFUSED/);
    await server.end('SIGKILL');
    await client.end().catch(() => {});
    await ownServer(SETTINGS);
    await page.goto('/audit/integrity');
    await expect(page.getByText('did not come to its end')).toBeVisible({ timeout: 15_000 });
    await page.getByRole('button', { name: 'Verify now' }).click();
    await expect(page.getByText('did not come to its end')).toBeHidden();
    await expect(whole).toBeVisible();
  });

  await test.step('an event that was edited', async () => {
    const intruder = await connected(server.dataDir);
    // Whoever owns the tables can.
    await intruder.query('ALTER TABLE audit_event DISABLE TRIGGER USER');
    await intruder.query(`UPDATE audit_event SET ip = '203.0.113.99' WHERE id = (SELECT last_id FROM audit_leaf WHERE number = 1)`);
    await intruder.end();
    await page.getByRole('button', { name: 'Verify now' }).click();
    const alarm = page.getByRole('main').getByRole('alert').filter({ hasText: 'The log is not what was signed.' });
    await expect(alarm).toContainText('Leaf 1:');
    await expect(alarm).toContainText('are not what was sealed');
    await page.goto('/audit');
    await expect(alarm).toBeVisible();
    await alarm.getByRole('link', { name: 'Integrity' }).click();
    await expect(alarm).toContainText('Leaf 1:');
  });
});

test('auditors verify too; members do not learn of it', async ({ signedIn }) => {
  const { page } = await signedIn('auditor');
  await page.goto('/audit/integrity');
  await expect(page.getByRole('button', { name: /Verify now|Verifying/ })).toBeEnabled();
  const member = await signedIn('member');
  member.faults.expect(/404/);
  await member.page.goto('/audit');
  await expect(member.page.getByRole('table', { name: 'Audit log' })).toBeVisible();
  await expect(member.page.getByRole('link', { name: 'Integrity' })).toHaveCount(0);
  expect((await member.page.goto('/audit/integrity'))?.status()).toBe(404);
});
