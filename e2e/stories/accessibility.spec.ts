import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { writeAccesses } from '@/lib/testing/usage';
import { createToken, regenerateToken } from '@/lib/tokens/commands';
import { finishGrace } from '@/lib/tokens/grace';
import { holdExports } from '../support/exports';
import { verify } from '../support/http';
import { actorOf, addPerson, type Person } from '../support/people';
import { scan } from '../support/scan';
import { expect, test } from '../support/test';
import { choose, generateToken, suspendToken } from '../support/tokens';

const DAY = 86_400_000;

const widths = [1280, 320];

/** A browser as wide as that. Its theme is the scan's to choose. */
const screen = (width: number) => ({ viewport: { width, height: 800 }, reducedMotion: 'reduce', colorScheme: 'light' }) as const;

/** Opens a dialog of a row, scans it, and leaves it. */
async function scanDialog(page: Page, name: string, action: string): Promise<void> {
  await choose(page, name, action);
  await expect(page.getByRole('dialog')).toBeVisible();
  await scan(page, action);
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
}

/** The page on which the log is verified: as it is, and when something is wrong. */
async function scanIntegrity(page: Page): Promise<void> {
  await page.goto('/audit/integrity');
  await expect(page.getByRole('button', { name: /Verify now|Verifying/ })).toBeEnabled();
  await scan(page, 'integrity');
  const id = randomUUID();
  const moment = new Date(Date.now() + 60_000);
  const at = moment.toISOString();
  const problems = [{ kind: 'event_changed', leaf: '20', checkpoint: null, from: at, to: at, detail: 'x'.repeat(80) }];
  const row = { kind: 'daily', state: 'changed', askedAt: moment, finishedAt: moment, done: 40, total: 40, events: 1000 } as const;
  await db().auditVerification.create({ data: { id, ...row, found: 30, problems } });
  try {
    await page.reload();
    await expect(page.getByText('Leaf 20:')).toBeVisible();
    await scan(page, 'a log that is not what was signed');
    await page.goto('/audit');
    await scan(page, 'the log while it is not what was signed');
  } finally {
    await db().auditVerification.delete({ where: { id } });
  }
}

/** Exports in every state, and none. */
async function scanExports(page: Page, { id: ownerId }: Person): Promise<void> {
  await page.goto('/audit/exports');
  await expect(page.getByText('No exports')).toBeVisible();
  await scan(page, 'no exports');
  const release = await holdExports();
  const askedAt = new Date();
  const expiresAt = new Date(Date.now() + 3_600_000);
  const row = { ownerId, origin: {}, format: 'proofs', query: 'event=token.refused&actor=Ada&range=7d', filters: {}, askedAt };
  const fileName = 'latchkey-audit-20261101T000000Z-20261121T120000Z.proofs.ndjson';
  await db().auditExport.createMany({
    data: [
      { state: 'queued' as const },
      { state: 'running' as const, done: 1200, total: 3000 },
      { state: 'running' as const, done: 1200 },
      { state: 'done' as const, done: 3000, size: 12_345_678, expiresAt },
      { state: 'failed' as const, reason: 'too_large', expiresAt },
      { state: 'cancelled' as const, expiresAt },
    ].map((state) => ({ ...row, fileName, id: randomUUID(), eventId: randomUUID(), ...state })),
  });
  try {
    await page.reload();
    await expect(page.getByRole('progressbar')).toHaveAttribute('aria-valuetext', '1,200 of 3,000 events');
    await scan(page, 'exports');
    await page
      .getByRole('button', { name: /^Delete latchkey/ })
      .first()
      .click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await scan(page, 'deleting an export');
  } finally {
    await db().auditExport.deleteMany({ where: { ownerId } });
    await release();
  }
}

/** Charts, with a scope that could go, on the token's page and on the overview. */
async function scanUsage(page: Page, person: Person): Promise<void> {
  const { id } = await createToken(actorOf(person), {
    name: 'Used',
    description: '',
    expiration: { kind: 'never' },
    scopes: ['orders:read', 'orders:write'],
  });
  await db().token.update({ where: { id }, data: { createdAt: new Date(Date.now() - 60 * DAY) } });
  const by = { tokenId: id, actorId: person.id, scopes: 'orders:read' };
  await writeAccesses({ ...by, at: new Date(Date.now() - 40 * DAY) });
  await writeAccesses({ ...by, at: new Date(), count: 1234 }, { ...by, at: new Date(), reason: 'address' });
  await expect(async () => {
    await page.goto(`/tokens/${id}`);
    await expect(page.getByText('Unused for 30 days')).toBeVisible({ timeout: 1000 });
  }).toPass();
  await page.getByText('Show as a table').click();
  await scan(page, 'usage of a token');
  await page.goto('/tokens');
  await expect(page.getByRole('link', { name: 'Used', exact: true })).toBeVisible();
  await scan(page, 'usage in the list');
  await page.goto('/overview?usage=90d');
  await expect(page.getByRole('img', { name: 'Requests by the day' })).toBeVisible();
  await scan(page, 'the overview');
}

for (const width of widths) {
  const options = screen(width);

  test(`tokens and their dialogs, ${width} px`, async ({ signedIn }) => {
    test.setTimeout(180_000);
    const { page, person } = await signedIn('member', options);
    await page.goto('/tokens');
    await expect(page.getByRole('main').getByText('No tokens yet')).toBeVisible();
    await scan(page, 'an empty list');
    await page.getByRole('button', { name: 'Generate token' }).click();
    const dialog = page.getByRole('dialog', { name: 'Generate token' });
    await dialog.getByLabel('Expiration').selectOption('Custom');
    await dialog.getByRole('button', { name: 'Generate', exact: true }).click();
    await expect(dialog.getByText('Fill in this field')).toBeVisible();
    await scan(page, 'a form that was refused');
    await dialog.getByRole('button', { name: 'Scopes, addresses, limit and key' }).click();
    await dialog.getByLabel('Scopes', { exact: true }).fill('orders:read Orders ');
    await dialog.getByLabel('Allowed addresses').fill('0.0.0.0/0 ');
    await expect(dialog.getByText('a large part of all addresses')).toBeVisible();
    await scan(page, 'scopes and addresses');
    await dialog.getByLabel('Expiration').selectOption('No expiration');
    await scan(page, 'a token without an end');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    for (const days of [7, 90] as const)
      await createToken(actorOf(person), { name: `For ${days} days`, description: 'Why it is there', expiration: { kind: 'days', days } });
    await generateToken(page, 'Shown', 'No expiration');
    await scan(page, 'a new value');
    await page.getByRole('button', { name: 'Actions for Shown' }).click();
    await scan(page, 'a menu');
    await page.keyboard.press('Escape');
    for (const action of ['Rename', 'Change expiration', 'Edit access', 'Bind to a key', 'Regenerate', 'Suspend', 'Delete'])
      await scanDialog(page, 'Shown', action);
    const binding = await choose(page, 'Shown', 'Bind to a key');
    await binding.getByRole('button', { name: 'Bind', exact: true }).click();
    await scan(page, 'a key that is missing');
    await binding.getByRole('button', { name: 'Make a key' }).click();
    await binding.getByRole('button', { name: 'Copy private key' }).click();
    await scan(page, 'a new key');
    await binding.getByRole('button', { name: 'Bind', exact: true }).click();
    await expect(binding).toBeHidden();
    await scanDialog(page, 'Shown', 'Unbind');
    await suspendToken(page, 'Shown', 'Under review');
    await scan(page, 'a suspended token');
    await scanDialog(page, 'Shown', 'Resume');
    await page.getByRole('link', { name: 'Shown' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Shown' })).toBeVisible();
    await page.getByRole('link', { name: 'nginx' }).click();
    await expect(page.getByText('auth_request /_latchkey/')).toBeVisible();
    await scan(page, 'the page of a token');
    await page.goto('/tokens?q=nothing');
    await expect(page.getByRole('main').getByText('No token fits')).toBeVisible();
    await scan(page, 'nothing found');
  });

  test(`an old value and its dialogs, ${width} px`, async ({ signedIn, shared }) => {
    test.setTimeout(120_000);
    const { page, person } = await signedIn('member', options);
    const { id, secret } = await createToken(actorOf(person), { name: 'Replaced', description: '', expiration: { kind: 'never' } });
    await regenerateToken(actorOf(person), { id, generation: 1, graceSeconds: 3600 });
    await verify(shared.url, secret);
    await page.goto('/tokens');
    await expect(page.getByRole('link', { name: /^Old value ends/ })).toBeVisible();
    await scan(page, 'a list with an old value that works');
    await page.goto(`/tokens/${id}`);
    await expect(page.getByRole('table', { name: 'Uses of the old value' })).toBeVisible();
    await scan(page, 'an old value that works');
    for (const button of ['Extend', 'Finish now']) {
      await page.getByRole('button', { name: button }).click();
      await scan(page, button);
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    }
    await finishGrace(actorOf(person), { id, generation: 2 });
    await verify(shared.url, secret);
    await expect(async () => {
      await page.reload();
      await expect(page.getByText('The old value was tried once')).toBeVisible({ timeout: 500 });
    }).toPass();
    await scan(page, 'an old value that was tried');
  });

  test(`the log and the profile, ${width} px`, async ({ signedIn, shared }) => {
    test.setTimeout(180_000);
    const { page, person, faults } = await signedIn('auditor', options);
    faults.expect(/404/);
    await createToken(actorOf(person), { name: 'In the log', description: '', expiration: { kind: 'never' } });
    await page.goto('/audit');
    await scan(page, 'the log');
    await page.getByRole('button', { name: 'Token generated' }).first().click();
    await expect(page.getByRole('dialog', { name: 'Token generated' })).toBeVisible();
    await scan(page, 'an event');
    const { secret } = await createToken(actorOf(person), {
      name: 'From there',
      description: '',
      expiration: { kind: 'never' },
      ipAllowList: ['203.0.113.7/32'],
    });
    await verify(shared.url, secret);
    await expect(async () => {
      await page.goto(`/audit?reason=address&actor=${person.id}`);
      await page.getByRole('button', { name: 'Token refused' }).click({ timeout: 500 });
    }).toPass();
    await expect(page.getByRole('dialog', { name: 'Token refused' })).toContainText('What to do');
    await scan(page, 'a refusal explained');
    await page.keyboard.press('Escape');
    await page.getByRole('switch', { name: 'Live' }).click();
    await scan(page, 'more filters, live');
    await page.goto(`/audit?range=30d&outcome=ok&actor=${person.id}`);
    await page.getByRole('button', { name: 'Export' }).click();
    await expect(page.getByRole('dialog', { name: 'Export audit log' })).toBeVisible();
    await scan(page, 'an export');
    await page.goto('/audit?ip=nonsense&from=2026-02-30&zone=nowhere&refused=exports_running');
    await scan(page, 'filters that cannot be applied');
    await scanIntegrity(page);
    await scanExports(page, person);
    await page.goto('/profile');
    await expect(page.getByRole('heading', { name: 'Sessions' })).toBeVisible();
    await scan(page, 'the profile');
    await scanUsage(page, person);
    await page.goto('/nowhere');
    await scan(page, 'a page that does not exist');
  });

  test(`the log’s search, bars, columns and views, ${width} px`, async ({ signedIn }) => {
    test.setTimeout(180_000);
    const { page, person } = await signedIn('auditor', options);
    await page.goto('/audit');
    await expect(page.getByRole('button', { name: 'Show as a table' })).toBeEnabled();
    await page.getByRole('button', { name: 'Show as a table' }).click();
    await page.getByRole('slider', { name: 'Activity' }).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowRight');
    await scan(page, 'the log’s activity');
    // A full table was scanned with the bars: from here on one row stands for fifty.
    await page.goto(`/audit?event=user.signed_in&actor=${person.id}`);
    await expect(page.getByRole('button', { name: 'Views' })).toBeEnabled();
    await page.getByRole('combobox', { name: 'Search the log' }).click();
    await expect(page.getByRole('listbox', { name: 'Suggestions' })).toBeVisible();
    await scan(page, 'suggestions');
    await page.keyboard.press('Escape');
    for (const name of ['Columns', 'Views']) {
      await page.getByRole('button', { name, exact: true }).click();
      await expect(page.getByRole('menu')).toBeVisible();
      await scan(page, `the menu “${name}”`);
      await page.keyboard.press('Escape');
    }
    const columns = 'time,actor,about,token,outcome,reason,ip,request,scopes,userAgent,requestId';
    await page.goto(`/audit?outcome=ok&actor=${person.id}&columns=${columns}&zone=UTC`);
    // Until the page is ready what scrolls is as disabled as everything in it.
    await expect(page.getByRole('button', { name: 'Views' })).toBeEnabled();
    await scan(page, 'all columns and a chip');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('menuitem', { name: 'Save this view' }).click();
    await expect(page.getByRole('dialog', { name: 'Save view' })).toBeVisible();
    await scan(page, 'saving a view');
  });

  test(`users and their dialogs, ${width} px`, async ({ signedIn }) => {
    test.setTimeout(180_000);
    const other = await addPerson('member');
    const { page } = await signedIn('admin', options);
    await page.goto(`/users?q=${other.name.slice(-8)}`);
    await scan(page, 'users');
    for (const action of ['Change role', 'New one-time link', 'Disable']) {
      await choose(page, other.name, action);
      await expect(page.getByRole('dialog')).toBeVisible();
      await scan(page, action);
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    }
    await page.getByRole('button', { name: 'Add user' }).click();
    await scan(page, 'Add user');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await choose(page, other.name, 'New one-time link');
    await page.getByRole('dialog').getByRole('button', { name: 'Make link' }).click();
    await expect(page.getByRole('textbox', { name: 'One-time link' })).toBeVisible();
    await scan(page, 'a one-time link');
    await page.goto(`/users/${other.id}`);
    await expect(page.getByRole('heading', { name: 'Tokens', exact: true })).toBeVisible();
    await scan(page, 'a user');
    await page.getByRole('button', { name: width < 640 ? 'Open navigation' : 'Account' }).click();
    await scan(page, 'the navigation');
  });
}

for (const width of widths) {
  test(`alerts, their rules and dialogs, ${width} px`, async ({ signedIn }) => {
    test.setTimeout(180_000);
    const { page, person } = await signedIn('admin', screen(width));
    await page.goto(`/alerts?token=${person.id}`);
    await expect(page.getByText('No alert fits the filters')).toBeVisible();
    await scan(page, 'no alerts');
    const { id: tokenId } = await createToken(actorOf(person), { name: 'Roaming', description: '', expiration: { kind: 'never' } });
    const ids = [newId(Date.now()), newId(Date.now())];
    const alert = { tokenId, ownerId: person.id, requests: 17, figures: { days: 45 }, raisedAt: new Date() };
    for (const id of ids) {
      const place = { id, subject: id, firstId: newId(Date.now() - 3_600_000), lastId: id };
      const fate =
        id === ids[0] ? { rule: 'new_network', address: '203.0.113.0/24' } : { rule: 'dormant', acknowledgedAt: new Date(), note: 'x' };
      await db().alert.create({ data: { ...alert, ...place, ...fate } });
    }
    await page.goto(`/alerts?token=${tokenId}`);
    await scan(page, 'alerts');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await scan(page, 'acknowledging an alert');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Edit rule: New network' }).click();
    await page.getByRole('dialog').getByLabel('Size of an IPv4 network, in bits').fill('7');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Use a whole number from 8 to 32.')).toBeVisible();
    await scan(page, 'a rule that was refused');
    await page.goto(`/tokens/${tokenId}`);
    await expect(page.getByRole('link', { name: 'Show alerts' })).toBeVisible();
    await scan(page, 'a token with an alert');
  });
}

for (const width of widths) {
  test(`streams and their dialogs, ${width} px`, async ({ signedIn }) => {
    test.setTimeout(180_000);
    const { page, person } = await signedIn('admin', screen(width));
    const name = `Failing ${person.name.slice(-8)}`;
    const id = randomUUID();
    const settings = { target: 'siem.example.org', tls: true };
    const failing = { failingSince: new Date(), nextTryAt: new Date(Date.now() + 3_600_000), lastError: 'unreachable ECONNREFUSED' };
    await db().sink.create({ data: { id, kind: 'webhook', name, nameKey: id, settings, position: 0, createdAt: new Date(), ...failing } });
    await db().sinkDeadLetter.create({ data: { id, sinkId: id, position: 0, skip: 0, batch: 12, error: 'status 400', at: new Date() } });
    await page.goto('/streams');
    await expect(page.getByRole('heading', { name: 'Refused events' })).toBeVisible();
    await scan(page, 'streams');
    for (const action of ['Edit', 'Send test event', 'Pause', 'Delete']) await scanDialog(page, name, action);
    await page.getByRole('button', { name: 'Add stream' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add stream' });
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(dialog.getByText('Fill in this field').first()).toBeVisible();
    await scan(page, 'a stream that was refused');
    await dialog.getByLabel('Kind').selectOption('Syslog');
    await dialog.getByLabel('Transport').selectOption('TCP');
    await scan(page, 'a syslog receiver');
    await db().sink.delete({ where: { id } });
  });
}

test('pages before signing in', async ({ ownServer, visit }) => {
  test.setTimeout(180_000);
  const { url, prints } = await ownServer();
  const [link] = await prints(/http:\S+\/setup\?code=\S+/);
  for (const width of widths) {
    const { page, faults } = await visit({ baseURL: url, ...screen(width) });
    faults.expect(/40[14]/);
    await page.goto(link);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await expect(page.getByText('Fill in this field')).toBeVisible();
    await scan(page, `the setup page, ${width} px`);
    await page.goto('/set-password?code=none');
    await scan(page, `a link that no longer works, ${width} px`);
  }
});

test('the sign-in page, refused', async ({ visit }) => {
  for (const width of widths) {
    const { page, faults } = await visit(screen(width));
    faults.expect(/401/);
    await page.goto('/login');
    await page.getByLabel('Email').fill(`nobody-${width}@example.org`);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'do not match' })).toBeVisible();
    await scan(page, `${width} px`);
  }
});
