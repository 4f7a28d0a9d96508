import { verify } from '../support/http';
import { signIn } from '../support/sign-in';
import { expect, test } from '../support/test';
import { changeExpiration, deleteToken, generateToken, newToken, regenerateToken, renameToken, rowOf } from '../support/tokens';

const ADA = { name: 'Ada Lovelace', email: 'ada@example.org', password: 'loom-punched-cards-1843' };

test('from an empty folder to a token that opens a door, and a log that shows it, with a restart in between', async ({
  ownServer,
  visit,
}) => {
  test.setTimeout(180_000);
  const first = await ownServer();
  const [link] = await first.prints(/http:\S+\/setup\?code=\S+/);
  const { page, context } = await visit({ baseURL: first.url });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: first.url });

  await test.step('the printed link makes the first administrator', async () => {
    await page.goto(link);
    await expect(page.getByLabel('Setup code')).toHaveValue(new URL(link).searchParams.get('code') ?? '-');
    await page.getByLabel('Name').fill(ADA.name);
    await page.getByLabel('Email').fill(ADA.email);
    await page.getByLabel('Password', { exact: true }).fill(ADA.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await signIn(page, ADA);
  });

  const secret = await test.step('a token is generated, copied, and opens the door', async () => {
    const value = await generateToken(page, 'CI');
    await newToken(page).getByRole('button', { name: 'Copy' }).click();
    await expect(newToken(page).getByRole('button', { name: 'Copied' })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value);
    const answer = await verify(first.url, value);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-token-name': 'CI', 'x-owner-email': ADA.email, 'cache-control': 'no-store' });
    return value;
  });

  await test.step('renaming and a new expiration change nothing about it', async () => {
    await renameToken(page, 'CI', 'Nightly build');
    await expect(rowOf(page, 'Nightly build')).toBeVisible();
    await changeExpiration(page, 'Nightly build', '60 days');
    await expect(rowOf(page, 'Nightly build')).toContainText('in 60 days');
    const answer = await verify(first.url, secret);
    expect(answer.status).toBe(200);
    expect(answer.headers['x-token-name']).toBe('Nightly%20build');
  });

  await first.end('SIGTERM');
  const { url } = await ownServer();

  await test.step('after a restart everything is there, and the same session is signed in', async () => {
    await page.reload();
    await expect(rowOf(page, 'Nightly build')).toContainText('in 60 days');
    expect((await verify(url, secret)).status).toBe(200);
  });

  await test.step('regenerating ends the old value and gives a new one', async () => {
    const renewed = await regenerateToken(page, 'Nightly build');
    expect(renewed).not.toBe(secret);
    expect((await verify(url, secret)).status).toBe(401);
    expect((await verify(url, renewed)).status).toBe(200);
    await newToken(page).getByRole('button', { name: 'Copy' }).click();

    await deleteToken(page, 'Nightly build');
    const refused = await verify(url, renewed);
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
    await expect(page.getByRole('main').getByText('No tokens yet')).toBeVisible();
  });

  await test.step('the log shows every operation and every request, with time, person, address and outcome', async () => {
    // Refusals are stored within a second of their answer.
    await expect(async () => {
      await page.goto('/audit');
      await expect(page.getByRole('row').filter({ hasText: 'token.refused' })).toHaveCount(2, { timeout: 500 });
    }).toPass();
    const rows = page.getByRole('table', { name: 'Audit log' }).getByRole('row');
    const events = await rows.evaluateAll((all) => all.map((row) => /(token|user)\.[a-z_]+/.exec(row.textContent ?? '')?.[0]));
    expect(
      events
        .filter(Boolean)
        .reverse()
        .filter((name) => name !== 'token.refused'),
    ).toEqual([
      'user.created',
      'user.signed_in',
      'token.created',
      'token.used',
      'token.renamed',
      'token.expiry_changed',
      'token.used',
      'token.used',
      'token.regenerated',
      'token.used',
      'token.deleted',
    ]);
    for (const row of await rows.filter({ hasText: 'token.' }).all()) {
      await expect(row).toContainText('Nightly build');
      await expect(row).toContainText('127.0.0.1');
      await expect(row).toContainText(ADA.name);
      await expect(row.locator('time')).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    }
    await expect(rows.filter({ hasText: 'token.refused' })).toContainText(['Deleted', 'Value replaced']);
    await expect(rows.filter({ hasText: 'token.used' })).toContainText(['OK', 'OK', 'OK', 'OK']);
  });

  await test.step('an event tells what was before and after', async () => {
    await page.getByRole('row').filter({ hasText: 'token.renamed' }).getByRole('button').click();
    const panel = page.getByRole('dialog', { name: 'Token renamed' });
    await expect(panel.getByRole('row', { name: /Name CI Nightly build/ })).toBeVisible();
    await expect(panel.getByText(/"requestId": "[0-9a-f-]{36}"/)).toBeVisible();
  });
});
