import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Page } from '@playwright/test';
import { parse } from 'csv-parse/sync';
import { type Checkpoint, parseKey, readNote, type Verifier } from '@/lib/audit/ledger/note';
import { checkProofFile } from '@/lib/audit/ledger/proof-file';
import { db } from '@/lib/db';
import { createToken } from '@/lib/tokens/commands';
import { Console } from '../support/console';
import { holdExports } from '../support/exports';
import { actorOf, addPerson } from '../support/people';
import { scan } from '../support/scan';
import { expect, test } from '../support/test';

const ENDPOINT = '/api/audit/export';

/** Chooses Export and the format, and gives the file that the browser keeps. */
async function download(page: Page, format: 'CSV' | 'NDJSON' | 'NDJSON with proofs'): Promise<{ name: string; text: string }> {
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export audit log' });
  await dialog.getByLabel('Format').selectOption(format);
  const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Export', exact: true }).click()]);
  await expect(dialog).toBeHidden();
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

test('an auditor takes what the filters show along as a file, and the log says so', async ({ signedIn }) => {
  const other = await addPerson('member');
  const mark = other.id.slice(-6);
  for (const name of [`=1+1 ${mark}`, `Second ${mark}`])
    await createToken(actorOf(other), { name, description: '', expiration: { kind: 'never' } });
  const { page, person } = await signedIn('auditor');
  await page.goto(`/audit?actor=${other.id}&event=token.created`);

  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export audit log' });
  await expect(dialog).toContainText('2 events');
  await expect(dialog.getByRole('definition')).toHaveText(['Token generated', other.name]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Export' })).toBeFocused();

  const csv = await download(page, 'CSV');
  expect(csv.name).toMatch(/^latchkey-audit-begin-\d{8}T\d{6}Z\.csv$/);
  const rows = parse(csv.text, { columns: true, bom: true }) as Record<string, string>[];
  expect(rows.map((row) => row['token.name'])).toEqual([`Second ${mark}`, `'=1+1 ${mark}`]);
  expect(rows[0]).toMatchObject({
    event: 'token.created',
    'actor.email': other.email,
    outcome: 'ok',
    'at (UTC)': expect.stringMatching(/Z$/),
  });

  const ndjson = await download(page, 'NDJSON');
  const lines = ndjson.text.trimEnd().split('\n');
  const trailer = JSON.parse(lines.pop() ?? '');
  const sha256 = createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
  expect(trailer).toEqual({ complete: true, count: 2, sha256 });
  expect(lines.map((line) => JSON.parse(line).token.name)).toEqual([`Second ${mark}`, `=1+1 ${mark}`]);
  expect(page.url()).toContain(`/audit?actor=${other.id}`);

  await page.goto(`/audit?actor=${person.id}`);
  const events = page.getByRole('table', { name: 'Audit log' }).getByRole('button');
  await expect(events.filter({ hasText: /export/i })).toHaveText(['Export finished', 'Log exported', 'Export finished', 'Log exported']);
  await events.filter({ hasText: 'Export finished' }).first().click();
  await expect(page.getByRole('dialog', { name: 'Export finished' })).toContainText(createHash('sha256').update(ndjson.text).digest('hex'));
});

test('an auditor takes events along with proofs, which hold by the key that the console shows', async ({ signedIn }) => {
  const other = await addPerson('member');
  for (const name of ['First', 'Second']) await createToken(actorOf(other), { name, description: '', expiration: { kind: 'never' } });
  const { page } = await signedIn('auditor');
  await page.goto('/audit/integrity');
  const key = parseKey((await page.getByRole('region', { name: 'Public key, as text' }).textContent()) ?? '') as Verifier;
  const note = (await page.getByRole('region', { name: 'Checkpoint, as text' }).textContent()) ?? '';
  const kept = readNote(note) as Checkpoint;
  await page.goto(`/audit?actor=${other.id}&event=token.created`);
  const { name, text } = await download(page, 'NDJSON with proofs');
  expect(name).toMatch(/\.proofs\.ndjson$/);
  const check = (file: string) => checkProofFile(Readable.from(file.trimEnd().split('\n')), key, [kept]);
  expect(await check(text)).toMatchObject({ events: 2, unsealed: 0, broken: null });

  // That the log continues a checkpoint which was kept is shown to whoever hands it in.
  await createToken(actorOf(other), { name: 'Third', description: '', expiration: { kind: 'never' } });
  await page.reload();
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export audit log' });
  const earlier = dialog.getByLabel('Earlier checkpoint');
  await expect(earlier).toHaveCount(0);
  await dialog.getByLabel('Format').selectOption('NDJSON with proofs');
  await earlier.fill('not one');
  await dialog.getByRole('button', { name: 'In the background' }).click();
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await expect(earlier).toBeFocused();
  await earlier.fill(note.trim());
  await scan(page, 'an export that is to continue a checkpoint');
  const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Export', exact: true }).click()]);
  expect(await check(await readFile(await file.path(), 'utf8'))).toMatchObject({ events: 3, continued: [kept], broken: null });
});

test('a filter that cannot be understood exports nothing, and the page says why', async ({ signedIn, shared }) => {
  const { page, person } = await signedIn('auditor');
  await page.goto('/audit?ip=300.1.1.1');
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('dialog')).toContainText('nothing can be exported');
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Export' })).toHaveCount(0);

  const visitor = new Console(shared.url);
  await visitor.signIn(person);
  const bad = ['format=csv&ip=300.1.1.1', 'format=csv&event=nothing', 'format=csv&from=2026-02-30', 'format=xlsx', 'ip=192.0.2.1', ''];
  for (const query of bad) {
    const answer = await visitor.post(`${ENDPOINT}?${query}`, {}, '');
    expect([answer.status, answer.body], query).toEqual([400, '{"ok":false,"error":{"code":"invalid_input"}}']);
    const browser = await visitor.post(`${ENDPOINT}?${query}`, { accept: 'text/html' }, '');
    expect([browser.status, browser.headers.location], query).toEqual([303, expect.stringMatching(/^\/audit\?.*refused=invalid_input$/)]);
  }
  await page.goto('/audit?refused=exports_running');
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing was exported. Too many exports are running' })).toBeVisible();
  expect(await db().auditEvent.count({ where: { actorId: person.id, event: 'audit.exported' } })).toBe(0);
});

test('to members an export is what does not exist; to other sites it is closed, and no link sets one off', async ({ signedIn, shared }) => {
  const { page, person } = await signedIn('member');
  await page.goto('/audit');
  await expect(page.getByRole('table', { name: 'Audit log' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Export' })).toHaveCount(0);
  const visitor = new Console(shared.url);
  await visitor.signIn(person);
  const essence = ({ status, headers, body }: Awaited<ReturnType<Console['request']>>) => [status, headers['content-type'], body];
  const missing = essence(await visitor.post('/api/audit/nothing?format=csv', {}, ''));
  expect(missing[0]).toBe(404);
  for (const query of ['format=csv', 'format=nothing', 'format=csv&ip=x'])
    expect(essence(await visitor.post(`${ENDPOINT}?${query}`, {}, ''))).toEqual(missing);
  expect(essence(await visitor.request(ENDPOINT))).toEqual(essence(await visitor.request('/api/audit/nothing')));

  const auditor = await addPerson('auditor');
  const theirs = new Console(shared.url);
  await theirs.signIn(auditor);
  const elsewhere: Record<string, string>[] = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }];
  for (const headers of elsewhere) expect((await theirs.post(`${ENDPOINT}?format=csv`, headers, '')).status).toBe(403);
  for (const path of [`${ENDPOINT}?format=csv`, ENDPOINT]) {
    const answer = await theirs.request(path);
    expect([answer.status, answer.headers.location]).toEqual([303, '/audit']);
  }
  expect((await new Console(shared.url).post(`${ENDPOINT}?format=csv`, {}, '')).status).toBe(401);
  expect(await db().auditEvent.count({ where: { actorId: { in: [person.id, auditor.id] }, event: 'audit.exported' } })).toBe(0);

  const answer = await theirs.post(`${ENDPOINT}?format=csv&actor=${auditor.id}`, {}, '');
  expect(answer.headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': expect.stringMatching(/^attachment; filename="latchkey-audit-begin-\d{8}T\d{6}Z\.csv"$/),
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
  });
});

test('an auditor has an export made in the background, goes on working, is told when it is ready, and fetches it from its own page', async ({
  signedIn,
  shared,
}) => {
  const other = await addPerson('member');
  for (const name of ['First', 'Second']) await createToken(actorOf(other), { name, description: '', expiration: { kind: 'never' } });
  const { page, person, faults } = await signedIn('auditor');
  const row = page.getByRole('table', { name: 'Exports' }).getByRole('row').nth(1);

  async function begin() {
    await page.goto(`/audit?actor=${other.id}&event=token.created`);
    await page.getByRole('button', { name: 'Export' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export audit log' });
    await dialog.getByLabel('Format').selectOption('NDJSON');
    await dialog.getByRole('button', { name: 'In the background' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('button', { name: 'Export' })).toBeFocused();
    await expect(page.getByRole('status').filter({ hasText: 'The export is being made.' })).toBeVisible();
  }

  const release = await holdExports();
  try {
    await begin();
    await expect(page.getByRole('main')).toContainText('1 export is being made');
    await test.step('how far it is can be seen', async () => {
      await page.getByRole('main').getByRole('link', { name: 'Exports' }).click();
      await expect(page.getByRole('heading', { level: 1, name: 'Exports' })).toBeVisible();
      await expect(row).toContainText('Waiting');
      await db().auditExport.updateMany({ where: { ownerId: person.id }, data: { state: 'running', done: 1200, total: 3000 } });
      const bar = page.getByRole('progressbar', { name: 'Being made' });
      await expect(bar).toHaveAttribute('aria-valuetext', '1,200 of 3,000 events');
      await expect(bar).toHaveAttribute('aria-valuenow', '40');
      await db().auditExport.updateMany({ where: { ownerId: person.id }, data: { state: 'queued' } });
    });
    // Within the console, as people do: the page is not loaded anew.
    await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Tokens' }).click();
    await expect(page.getByRole('heading', { name: 'Tokens' })).toBeVisible();
  } finally {
    await release();
  }
  await expect(page.getByRole('status').filter({ hasText: /latchkey-audit-.*ndjson is ready to download/ })).toBeVisible({
    timeout: 15_000,
  });

  await page.goto('/audit');
  await expect(page.getByRole('main')).toContainText('1 export is ready');
  await page.getByRole('main').getByRole('link', { name: 'Exports' }).click();
  await expect(row).toContainText(/Ready\s*2 events · .* kB/);
  await expect(row.getByRole('link')).toContainText('Event: Token generated');
  const [file] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: /^Download latchkey/ }).click()]);
  expect(file.suggestedFilename()).toMatch(/^latchkey-audit-begin-\d{8}T\d{6}Z\.ndjson$/);
  const inBackground = await readFile(await file.path(), 'utf8');
  await page.goto(`/audit?actor=${other.id}&event=token.created`);
  expect(inBackground).toBe((await download(page, 'NDJSON')).text);
  await page.goto(`/audit?actor=${person.id}&event=audit.export_downloaded`);
  await page.getByRole('table', { name: 'Audit log' }).getByRole('button').click();
  await expect(page.getByRole('dialog', { name: 'Export downloaded' })).toContainText(
    createHash('sha256').update(inBackground).digest('hex'),
  );

  await test.step('another is cancelled, and both are deleted', async () => {
    const again = await holdExports();
    try {
      await begin();
      await page.goto('/audit/exports');
      await row.getByRole('button', { name: /^Cancel latchkey/ }).click();
      const question = page.getByRole('alertdialog', { name: 'Cancel export' });
      await question.getByRole('button', { name: 'Keep going' }).click();
      await expect(row).toContainText('Waiting');
      await row.getByRole('button', { name: /^Cancel latchkey/ }).click();
      await question.getByRole('button', { name: 'Cancel export' }).click();
      await expect(row).toContainText('Cancelled');
    } finally {
      await again();
    }
    for (const left of [1, 0]) {
      await row.getByRole('button', { name: /^Delete latchkey/ }).click();
      await page.getByRole('alertdialog', { name: 'Delete export' }).getByRole('button', { name: 'Delete' }).click();
      await expect(page.getByRole('button', { name: /^Delete latchkey/ })).toHaveCount(left);
    }
    await expect(page.getByText('No exports')).toBeVisible();
  });

  await test.step('its address gives the file to nobody else, and not by a link', async () => {
    await begin();
    await page.goto('/audit/exports');
    await expect(row).toContainText('Ready', { timeout: 15_000 });
    const { id } = await db().auditExport.findFirstOrThrow({ where: { ownerId: person.id, state: 'done', expiresAt: { gt: new Date() } } });
    const path = `/api/audit/exports/${id}`;
    const essence = ({ status, headers, body }: Awaited<ReturnType<Console['request']>>) => [status, headers['content-type'], body];
    const owner = new Console(shared.url);
    await owner.signIn(person);
    const missing = essence(await owner.post('/api/audit/nothing', {}, ''));
    expect(missing[0]).toBe(404);
    const admin = new Console(shared.url);
    await admin.signIn(await addPerson('admin'));
    for (const nobody of [path, `/api/audit/exports/${other.id}`, '/api/audit/exports/nothing'])
      expect(essence(await admin.post(nobody, {}, ''))).toEqual(missing);
    expect((await new Console(shared.url).post(path, {}, '')).status).toBe(401);
    expect((await owner.post(path, { origin: 'https://evil.example' }, '')).status).toBe(403);
    const link = await owner.request(path);
    expect([link.status, link.headers.location]).toEqual([303, '/audit/exports']);
    const answer = await owner.post(path, {}, '');
    expect(answer.body).toBe(inBackground);
    expect(answer.headers).toMatchObject({
      'content-disposition': expect.stringMatching(/^attachment; filename="latchkey-audit-begin-\d{8}T\d{6}Z\.ndjson"$/),
      'cache-control': 'private, no-store',
    });

    await db().user.update({ where: { id: person.id }, data: { role: 'member' } });
    expect(essence(await owner.post(path, {}, ''))).toEqual(missing);
    faults.expect(/404/);
    expect((await page.goto('/audit/exports'))?.status()).toBe(404);
  });
});

test('tokens and users lead to their events, and an event to its token and its people', async ({ signedIn }) => {
  const other = await addPerson('member');
  const { id } = await createToken(actorOf(other), { name: 'Linked', description: '', expiration: { kind: 'never' } });
  const { page } = await signedIn('admin');
  await page.goto(`/users?q=${other.name.slice(-8)}`);
  await page.getByRole('button', { name: `Actions for ${other.name}` }).click();
  await page.getByRole('menuitem', { name: 'Show in audit log' }).click();
  await expect(page).toHaveURL(`/audit?q=${other.id}`);
  await page.goto(`/users/${other.id}`);
  await page.getByRole('button', { name: 'Actions for Linked' }).click();
  await page.getByRole('menuitem', { name: 'Show in audit log' }).click();
  await expect(page).toHaveURL(`/audit?token=${id}`);
  await page.getByRole('button', { name: 'Token generated' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Linked' }).click();
  await expect(page).toHaveURL(`/tokens/${id}`);
  await expect(page.getByRole('heading', { name: 'Linked' })).toBeVisible();

  const { page: looking } = await signedIn('auditor');
  await looking.goto(`/users?q=${other.name.slice(-8)}`);
  await looking.getByRole('link', { name: `Show ${other.name} in audit log` }).click();
  await expect(looking).toHaveURL(`/audit?q=${other.id}`);
  await looking.goto(`/users/${other.id}`);
  await looking.getByRole('link', { name: 'Show Linked in audit log' }).click();
  await expect(looking).toHaveURL(`/audit?token=${id}`);
});
