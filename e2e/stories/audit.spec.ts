import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { changeAccess } from '@/lib/tokens/access';
import { createToken } from '@/lib/tokens/commands';
import { suspendToken } from '@/lib/tokens/suspension';
import { verify } from '../support/http';
import { actorOf } from '../support/people';
import { expect, test } from '../support/test';

const never = { kind: 'never' } as const;

/** Shows a value to the gate, and gives the request id that it answers, once the event is there. */
async function show(url: string, secret: string, query = ''): Promise<string> {
  const { headers } = await verify(url, secret, undefined, query);
  const id = String(headers['x-request-id']);
  await expect.poll(() => db().auditEvent.count({ where: { id } })).toBe(1);
  return id;
}

test('a refused request is found by its request id, and its details say why and what to do', async ({ signedIn, shared: { url } }) => {
  const { page, person } = await signedIn('member');
  const owner = actorOf(person);
  const token = await createToken(owner, { name: 'Storefront', description: '', expiration: never, ipAllowList: ['203.0.113.0/24'] });
  const id = await show(url, token.secret);
  await changeAccess(owner, { id: token.id, ipAllowList: ['203.0.113.0/24', '198.51.100.0/24'] });

  await page.goto('/audit');
  const request = page.getByLabel('Request', { exact: true });
  await expect(request).toBeHidden();
  await page.getByRole('button', { name: 'More filters' }).click();
  await request.fill(id);
  await expect(page).toHaveURL(`/audit?request=${id}`);
  const events = page.getByRole('table', { name: 'Audit log' }).getByRole('button');
  await expect(events).toHaveText(['Token refused']);
  await events.first().click();
  const panel = page.getByRole('dialog', { name: 'Token refused' });
  const checks = panel.getByRole('listitem').filter({ hasText: /Passed|Failed|Not reached/ });
  await expect(checks).toHaveText([
    'It has the form of a tokenPassed',
    'It was issued herePassed',
    'The token is not deletedPassed',
    'The value is not replacedPassed',
    'The token is not suspendedPassed',
    'The token has not expiredPassed',
    'The owner’s account is enabledPassed',
    'The client’s address is allowedFailed',
    'The token has the scopes that are wantedNot reached',
    'The token is within its limit and quotaNot reached',
  ]);
  await expect(panel).toContainText('Add 127.0.0.1 to its allowed addresses, or the network around it, 127.0.0.0/24.');
  // As it was then, not as it is by now.
  await expect(panel.getByRole('definition').filter({ hasText: '203.0.113.0/24' })).toHaveText('203.0.113.0/24');
  await expect(panel.getByRole('link', { name: 'Open the token' })).toHaveAttribute('href', `/tokens/${token.id}`);

  await test.step('what happened around it is a link away, and the focus stays in the panel', async () => {
    const next = panel.getByRole('link', { name: 'Allowed addresses changed' });
    await next.focus();
    await page.keyboard.press('Enter');
    const other = page.getByRole('dialog', { name: 'Allowed addresses changed' });
    await expect(other.getByRole('button', { name: 'Close' })).toBeFocused();
    await expect(other.getByRole('link', { name: 'Token refused' })).toBeVisible();
    await other.getByRole('link', { name: 'All its events' }).click();
    await expect(page).toHaveURL(`/audit?token=${token.id}`);
    await expect(events).toHaveText(['Allowed addresses changed', 'Token refused', 'Token generated']);
  });
});

test('the log is filtered by a reason, beside the other filters and in the URL', async ({ signedIn, shared: { url } }) => {
  const { page, person } = await signedIn('member');
  const owner = actorOf(person);
  const token = await createToken(owner, { name: 'Stopped', description: '', expiration: never, scopes: ['a'] });
  await show(url, token.secret, '?scope=b');
  await suspendToken(owner, { id: token.id, reason: 'Under review' });
  await show(url, token.secret);
  await page.goto('/audit');
  await page.getByRole('button', { name: 'More filters' }).click();
  await page.getByLabel('Reason').selectOption('Suspended');
  await expect(page).toHaveURL('/audit?reason=suspended');
  const events = page.getByRole('table', { name: 'Audit log' }).getByRole('button');
  await expect(events).toHaveText(['Token refused']);
  await events.first().click();
  await expect(page.getByRole('dialog')).toContainText('Resume the token');
  await expect(page.getByRole('dialog')).toContainText('Under review');
  await page.keyboard.press('Escape');

  await page.getByLabel('Reason').selectOption('Expired');
  await page.getByRole('link', { name: 'Reason: Expired' }).click();
  await expect(page).toHaveURL('/audit');
  await page.goto('/audit?reason=nothing&request=x');
  await expect(page.getByLabel('Reason')).toHaveAccessibleDescription(/is not a reason/);
  await expect(page.getByLabel('Request', { exact: true })).toHaveAccessibleDescription(/is not the id/);
  await expect(page.getByRole('table')).toHaveCount(0);
});

test('whoever may not see an event learns nothing of it by its request id', async ({ signedIn, shared: { url } }) => {
  const [{ page }, { person }] = [await signedIn('member'), await signedIn('member')];
  const token = await createToken(actorOf(person), { name: 'Theirs', description: '', expiration: never, ipAllowList: ['203.0.113.7/32'] });
  const id = await show(url, token.secret);
  await page.goto(`/audit?request=${id}`);
  await expect(page.getByRole('main').getByText('No event fits')).toBeVisible();
  await page.goto(`/audit?id=${id}`);
  await expect(page.getByText('This event does not exist, or you may not see it.')).toBeVisible();
});

test('live adds what happens on top, holds it back from who reads, and rests while the page is hidden', async ({ signedIn }) => {
  const { page, person } = await signedIn('auditor', { viewport: { width: 1280, height: 700 } });
  const owner = actorOf(person);
  const issue = (name: string) => createToken(owner, { name, description: '', expiration: never });
  for (let n = 0; n < 30; n++) await issue(`Before ${n}`);
  await page.goto(`/audit?actor=${person.id}`);
  const rows = page.getByRole('table', { name: 'Audit log' }).getByRole('row');
  const live = page.getByRole('switch', { name: 'Live' });
  await expect(live).toHaveAttribute('aria-checked', 'false');
  await expect(live).toBeEnabled();
  await live.focus();
  await page.keyboard.press('Space');
  await expect(live).toHaveAttribute('aria-checked', 'true');
  await issue('At the top');
  await expect(rows.nth(1)).toContainText('At the top');

  const held = page.getByRole('button', { name: '2 new events' });
  await test.step('nothing moves under the eyes of who has scrolled, or reads an event', async () => {
    await page.mouse.move(640, 400);
    await page.mouse.wheel(0, 600);
    const place = async () => (await rows.filter({ hasText: 'Before 20' }).boundingBox())?.y;
    await expect.poll(place).toBeLessThan(500);
    const before = await place();
    await issue('While reading 1');
    await issue('While reading 2');
    await expect(held).toBeVisible();
    expect(await place()).toBe(before);
    await expect(page.getByRole('main').getByRole('status').filter({ hasText: 'new events' })).toHaveText('2 new events', {
      timeout: 15_000,
    });
    await held.click();
    await expect(rows.nth(1)).toContainText('While reading 2');
    await expect(rows.nth(2)).toContainText('While reading 1');
    await expect(rows.nth(3)).toContainText('At the top');
    await expect(held).toBeHidden();
    await rows.nth(2).getByRole('button').click();
    await expect(page.getByRole('dialog')).toContainText('While reading 1');
    await page.keyboard.press('Escape');
  });

  await test.step('a hidden page asks for nothing, and goes on once it is seen', async () => {
    let asked = 0;
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await page.getByRole('heading', { name: 'Audit log' }).click();
    await hide(true);
    await page.waitForLoadState('networkidle');
    page.on('request', (request) => request.method() === 'POST' && asked++);
    await issue('While hidden');
    // Longer than two rounds.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 4500)));
    expect(asked).toBe(0);
    await hide(false);
    await expect(rows.nth(1)).toContainText('While hidden');
  });

  await test.step('older pages have nothing to add', async () => {
    await page.getByLabel('To', { exact: true }).fill('2030-01-01T00:00');
    await expect(live).toBeHidden();
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect(live).toHaveAttribute('aria-checked', 'true');
    await live.click();
    await expect(live).toHaveAttribute('aria-checked', 'false');
  });
});

test('live stops at 200 events and says so', async ({ signedIn }) => {
  const { page, person } = await signedIn('auditor');
  await page.goto(`/audit?actor=${person.id}`);
  await page.getByRole('switch', { name: 'Live' }).click();
  const at = Date.now();
  await db().auditEvent.createMany({
    data: Array.from({ length: 250 }, (_, n) => ({
      ...{ id: newId(at + n), at: new Date(at + n), event: 'token.used', actorType: 'token' as const, outcome: 'ok' as const },
      ...{ actorId: person.id, request: `GET example.org/${n}` },
    })),
  });
  await expect(page.getByText('200 new events are shown, and more came. Live has stopped here.')).toBeVisible();
  await page.getByRole('button', { name: 'Show the newest' }).click();
  await expect(page.getByText('Live has stopped here.')).toBeHidden();
  await expect(page.getByRole('table', { name: 'Audit log' }).getByRole('row')).toHaveCount(51);
});
