import type { Page } from '@playwright/test';
import { record } from '@/lib/audit/record';
import { saveView } from '@/lib/audit/views';
import { db, transaction } from '@/lib/db';
import { writeAccesses } from '@/lib/testing/usage';
import { createToken } from '@/lib/tokens/commands';
import { actorOf, addPerson } from '../support/people';
import { expect, test } from '../support/test';

const HOUR = 3_600_000;
const never = { kind: 'never' } as const;

const searchOf = (page: Page) => page.getByRole('combobox', { name: 'Search the log' });
const chipsOf = (page: Page) => page.getByRole('search').getByRole('button', { name: 'Remove' });
const optionsOf = (page: Page, which?: { selected: boolean }) =>
  page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option', which);
const eventsOf = (page: Page) => page.getByRole('table', { name: 'Audit log' }).getByRole('button');

test('filters are words in the search bar, by keyboard alone, and the same ones stand below', async ({ signedIn }) => {
  const { page, person } = await signedIn('auditor');
  await createToken(actorOf(person), { name: 'Storefront', description: '', expiration: never });
  await page.goto('/audit');
  const search = searchOf(page);
  await expect(search).toBeEnabled();
  await search.focus();

  await test.step('a name is completed, then its value', async () => {
    await page.keyboard.type('eve');
    await expect(optionsOf(page, { selected: true })).toHaveText(/^q:eve/);
    await page.keyboard.press('ArrowDown');
    await expect(optionsOf(page, { selected: true })).toHaveText(/^event:/);
    await page.keyboard.press('Enter');
    await expect(search).toHaveValue('event:');
    await page.keyboard.type('token.creat');
    await expect(optionsOf(page, { selected: true })).toContainText('Token generated');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL('/audit?event=token.created');
    await expect(page.getByLabel('Event')).toHaveValue('token.created');
    await expect(search).toBeFocused();
    await expect(search).toHaveValue('');
  });

  await test.step('a person is found by a part of the name, and stands there by name', async () => {
    await page.keyboard.type(`actor:${person.email.slice(0, 20)}`);
    await optionsOf(page).filter({ hasText: person.email }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`/audit?event=token.created&actor=${person.id}`);
    await expect(chipsOf(page)).toHaveText([/event:Token generated/, new RegExp(`actor:${person.name}`)]);
    await expect(eventsOf(page)).toHaveText(['Token generated']);
  });

  await test.step('what makes no sense is named, and nothing changes', async () => {
    for (const [typed, message] of [
      ['ip:192.0.2.0/33', /is not an address or a range/],
      ['colour:red', /There is no filter called “colour”/],
      ['outcome:ok outcome:refused', /stands there twice/],
    ] as const) {
      await search.fill(typed);
      await search.press('Enter');
      await expect(search).toHaveAccessibleDescription(message);
      await expect(page).toHaveURL(`/audit?event=token.created&actor=${person.id}`);
    }
    await search.fill('');
    await expect(search).not.toHaveAttribute('aria-invalid');
  });

  await test.step('arrows go through the chips, Delete and Backspace take them away', async () => {
    await page.keyboard.press('Escape');
    await search.press('ArrowLeft');
    await expect(chipsOf(page).nth(1)).toBeFocused();
    await page.keyboard.press('ArrowLeft');
    await expect(chipsOf(page).nth(0)).toBeFocused();
    await page.keyboard.press('Delete');
    await expect(page).toHaveURL(`/audit?actor=${person.id}`);
    await expect(search).toBeFocused();
    await page.keyboard.press('Backspace');
    await expect(page).toHaveURL('/audit');
    await expect(chipsOf(page)).toHaveCount(0);
  });

  await test.step('what was copied becomes chips at once', async () => {
    await search.evaluate((input, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text', text);
      input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, 'event:token.deleted outcome:ok ip:10.0.0.0/8');
    await expect(page).toHaveURL('/audit?event=token.deleted&outcome=ok&ip=10.0.0.0%2F8');
    await expect(chipsOf(page)).toHaveText([/event:Token deleted/, /outcome:OK/, /ip:10\.0\.0\.0\/8/]);
    await page.getByLabel('Outcome').selectOption('Refused');
    await expect(chipsOf(page).nth(1)).toHaveText(/outcome:Refused/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect(page).toHaveURL('/audit');
  });
});

test('free text is an address, an id or a name, and members are told of nobody else', async ({ signedIn }) => {
  const [{ page, person }, { person: other }] = [await signedIn('member'), await signedIn('member')];
  await createToken(actorOf(person), { name: 'Mine alone', description: '', expiration: never });
  await createToken(actorOf(other), { name: 'Theirs alone', description: '', expiration: never });
  await page.goto('/audit');
  const search = searchOf(page);
  await search.fill('2001:db8::/32');
  await search.press('Enter');
  await expect(page).toHaveURL('/audit?ip=2001%3Adb8%3A%3A%2F32');
  await search.press('Backspace');
  await search.fill('alone');
  await search.press('Enter');
  await expect(page).toHaveURL('/audit?q=alone');
  await expect(eventsOf(page)).toHaveText(['Token generated']);
  await search.press('Backspace');
  await search.fill('"Mine alone"');
  await search.press('Enter');
  await expect(page).toHaveURL('/audit?q=Mine+alone');
  await expect(chipsOf(page)).toHaveText(/q:Mine alone/);
  await expect(eventsOf(page)).toHaveText(['Token generated']);
  await search.press('Backspace');
  await search.fill(person.email);
  await search.press('Enter');
  await expect(page).toHaveURL(`/audit?${new URLSearchParams({ q: person.email })}`);
  await expect(eventsOf(page).first()).toBeVisible();
  await search.press('Backspace');
  await search.fill('token:alone');
  await expect(optionsOf(page)).toHaveText([/Mine alone/]);
  await search.fill(`actor:${other.email}`);
  await page.waitForLoadState('networkidle');
  await expect(optionsOf(page)).toHaveCount(0);
});

test('what was done to somebody is found by their name, and operations without the accesses', async ({ signedIn }) => {
  const [{ page, person: auditor }, bob] = [await signedIn('auditor'), await addPerson('member')];
  const { id } = await createToken(actorOf(bob), { name: `Of ${bob.name}`, description: '', expiration: never });
  await writeAccesses({ actorId: bob.id, tokenId: id, at: new Date() });
  const failed = { subjectId: bob.id, outcome: 'refused', reason: 'wrong_password' } as const;
  await transaction((tx, now) =>
    record(tx, now, { userId: null, origin: actorOf(auditor).origin }, { event: 'user.sign_in_failed', ...failed }),
  );

  await page.goto(`/users/${bob.id}`);
  await page.getByRole('link', { name: 'Show in audit log' }).first().click();
  await expect(page).toHaveURL(`/audit?q=${bob.id}&event=user.*`);
  await expect(chipsOf(page)).toHaveText([new RegExp(`q:${bob.name}`), /event:People \(all\)/]);
  await expect(eventsOf(page)).toContainText(['Sign-in failed']);

  await eventsOf(page).filter({ hasText: 'Sign-in failed' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Only events with this About' }).click();
  await expect(page).toHaveURL(`/audit?target=${bob.id}`);
  await expect(page.getByLabel('Target')).toHaveValue(bob.name);
  await expect(eventsOf(page)).toContainText(['Sign-in failed']);

  await page.goto(`/audit?q=${bob.id}`);
  await expect(eventsOf(page)).toContainText(['Sign-in failed', 'Token used', 'Token generated']);
  await page.getByLabel('Kind').selectOption('Operations');
  await expect(page).toHaveURL(`/audit?q=${bob.id}&kind=operation`);
  await expect(eventsOf(page).filter({ hasText: 'Token used' })).toHaveCount(0);
  await page.getByLabel('Event').selectOption('Tokens (all)');
  await expect(page).toHaveURL(`/audit?q=${bob.id}&kind=operation&event=token.*`);
  await expect(eventsOf(page)).toHaveText(['Token generated']);

  const search = searchOf(page);
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(page).toHaveURL('/audit');
  await search.fill('kind:acc');
  await search.press('Enter');
  await expect(page).toHaveURL('/audit?kind=access');
  await search.fill(`event:tok`);
  await expect(optionsOf(page, { selected: true })).toContainText('Tokens (all)');
  await search.fill('prod:api');
  await search.press('Enter');
  await expect(search).toHaveAccessibleDescription(/in quotes/);
  await page.goto(`/audit?actor=${'x'.repeat(5000)}`);
  await expect(page.getByLabel('Actor')).toHaveAccessibleDescription(/longer than any name/);
});

test('the bars hold what happened, and set the range by dragging and by keyboard', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  const by = { actorId: person.id, tokenId: (await createToken(actorOf(person), { name: 'Busy', description: '', expiration: never })).id };
  const at = new Date(Math.floor(Date.now() / HOUR) * HOUR - 50 * HOUR);
  await writeAccesses({ ...by, at, count: 1234 }, { ...by, at: new Date(at.getTime() + HOUR), reason: 'address', count: 77 });
  const bars = page.getByRole('slider', { name: 'Activity' });
  await expect(async () => {
    await page.goto('/audit?range=7d');
    await expect(page.getByRole('figure')).toContainText('Refused 77', { timeout: 1000 });
  }).toPass();
  await expect(page.getByRole('figure')).toContainText('Your activity');
  const minute = (moment: Date) => `${moment.toISOString().slice(0, 16)}Z`;
  const ends = (hours: number) => minute(new Date(at.getTime() + hours * HOUR - 60_000));

  await test.step('by keyboard', async () => {
    await bars.focus();
    await page.keyboard.press('End');
    for (let n = 0; n < 50; n++) await page.keyboard.press('ArrowLeft');
    await expect(bars).toHaveAttribute('aria-valuetext', /: 1,234 OK, 0 refused$/);
    await page.keyboard.press('Shift+ArrowRight');
    await expect(bars).toHaveAttribute('aria-valuetext', /: 1,234 OK, 77 refused$/);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`/audit?${new URLSearchParams({ from: minute(at), to: ends(2) })}`);
    await expect(eventsOf(page)).toHaveText(['Token refused', 'Token used']);
    await expect(page.getByLabel('Time', { exact: true })).toHaveValue('custom');
    await page.goBack();
    await expect(page).toHaveURL('/audit?range=7d');
  });

  await test.step('by dragging', async () => {
    const box = await bars.boundingBox();
    const count = Number(await bars.getAttribute('aria-valuemax'));
    if (!box) throw new Error('there are no bars');
    const middleOf = (place: number) => box.x + ((place + 0.5) / count) * box.width;
    await page.mouse.move(middleOf(count - 50), box.y + 30);
    await page.mouse.down();
    await page.mouse.move(middleOf(count - 51), box.y + 30, { steps: 3 });
    await expect(page.getByRole('figure').getByText('1,234')).toBeVisible();
    await page.mouse.up();
    await expect(page).toHaveURL(`/audit?${new URLSearchParams({ from: minute(at), to: ends(2) })}`);
  });

  await test.step('as a table, and saying what does not narrow it', async () => {
    await page.getByRole('button', { name: 'Show as a table' }).click();
    await expect(page.getByRole('table', { name: 'Activity' }).getByRole('row')).toHaveCount(3);
    await page.goto('/audit?range=7d&token=Busy&reason=address&outcome=refused');
    await expect(page.getByRole('figure')).toContainText('Not narrowed by: Token and Reason.');
    await expect(page.getByRole('figure')).toContainText('OK 0');
    await page.goto('/audit?from=1926-01-01&to=1927-01-01');
    await expect(page.getByRole('main').getByText('No event fits')).toBeVisible();
    await expect(bars).toHaveCount(0);
  });
});

test('how many events there are stands under the log, for each filter and on every page; live counts on', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  const { id: tokenId } = await createToken(actorOf(person), { name: 'Counted', description: '', expiration: never });
  const by = { at: new Date(), actorId: person.id, tokenId };
  await writeAccesses(...Array.from({ length: 70 }, () => by), { ...by, reason: 'address', count: 5 });
  const count = page
    .locator('footer')
    .filter({ hasText: 'Times in' })
    .getByText(/events?$/);
  for (const [query, expected] of [
    ['?event=token.used', '70 events'],
    ['?outcome=refused', '1 event'],
    ['?event=token.created', '1 event'],
    ['?event=user.signed_in', '1 event'],
  ] as const) {
    await page.goto(`/audit${query}`);
    await expect(count).toHaveText(expected);
  }
  await page.goto('/audit?event=token.used');
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page.getByRole('link', { name: 'Newer' })).toBeVisible();
  await expect(count).toHaveText('70 events');
  await page.goto('/audit?event=token.used');
  await page.getByRole('switch', { name: 'Live' }).click();
  await writeAccesses({ ...by, at: new Date() });
  await expect(count).toHaveText('71 events', { timeout: 20_000 });
});

test('live moves the bars, and not while somebody reads them', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  // Only so that the page's ten seconds can be gone through at once.
  await page.clock.install();
  const { id: tokenId } = await createToken(actorOf(person), { name: 'Moving', description: '', expiration: never });
  const use = (count: number) => writeAccesses({ at: new Date(), actorId: person.id, tokenId, reason: 'address', count });
  await page.goto('/audit?range=1h');
  const figure = page.getByRole('figure');
  const height = async () => (await figure.boundingBox())?.height;
  const before = await height();
  await page.getByRole('switch', { name: 'Live' }).click();
  const shown = (text: string) =>
    expect(async () => {
      await page.clock.fastForward(10_000);
      await expect(figure).toContainText(text, { timeout: 1000 });
    }).toPass({ timeout: 30_000 });
  await use(1234);
  await shown('Refused 1,234');
  expect(await height(), 'nothing below them moves').toBe(before);
  await page.getByRole('slider', { name: 'Activity' }).hover();
  await use(1);
  const rows = page.getByRole('table', { name: 'Audit log' }).getByRole('row').filter({ hasText: 'token.refused' });
  // By then the bars could have moved twice.
  await expect(async () => {
    await page.clock.fastForward(10_000);
    await expect(rows).toHaveCount(2, { timeout: 1000 });
  }).toPass({ timeout: 30_000 });
  await expect(figure.locator('figcaption')).toContainText('Refused 1,234');
  await page.getByRole('heading', { name: 'Audit log' }).hover();
  await shown('Refused 1,235');
});

test('times are one’s own or UTC, and so are the dates that are asked for', async ({ signedIn }) => {
  const { page, person } = await signedIn('member');
  const { id: tokenId } = await createToken(actorOf(person), { name: 'Zoned', description: '', expiration: never });
  const at = new Date('2026-07-01T22:30:15.123Z');
  await writeAccesses({ at, actorId: person.id, tokenId });
  await page.goto('/audit?event=token.used');
  const row = page.getByRole('row').filter({ hasText: 'token.used' });
  await expect(row).toContainText('00:30:15');
  await page.getByLabel('Zone').selectOption('UTC');
  await expect(page).toHaveURL('/audit?event=token.used&zone=UTC');
  await expect(row).toContainText('22:30:15');
  await expect(page.getByText('Times in UTC')).toBeVisible();
  await row.getByRole('button').click();
  await expect(page.getByRole('dialog')).toContainText('22:30:15.123 UTC');
  await page.keyboard.press('Escape');
  await page.goto('/audit?event=token.used&from=2026-07-02&to=2026-07-02');
  await expect(row).toHaveCount(1);
  await page.goto('/audit?event=token.used&from=2026-07-02&to=2026-07-02&zone=UTC');
  await expect(page.getByRole('main').getByText('No event fits')).toBeVisible();
  await page.goto('/audit?zone=Mars');
  await expect(page.getByLabel('Zone')).toHaveAccessibleDescription(/is not a zone/);
  await expect(page.getByRole('table')).toHaveCount(0);
});

test('columns are chosen by keyboard, in the URL, and stay with the filters', async ({ signedIn }) => {
  const { page } = await signedIn('member');
  await page.goto('/audit');
  const headers = page.getByRole('columnheader');
  await expect(headers).toHaveText(['Time', 'Event', 'Actor', 'Token', 'Outcome', 'IP address']);
  await expect(page.getByRole('button', { name: 'Columns' })).toBeEnabled();
  await page.getByRole('button', { name: 'Columns' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitemcheckbox', { name: 'Time' })).toBeFocused();
  await page.keyboard.type('u');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemcheckbox', { name: 'Token' }).click();
  await expect(headers).toHaveText(['Time', 'Event', 'Actor', 'Outcome', 'IP address', 'User agent']);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Columns' })).toBeFocused();
  await page.getByLabel('Outcome').selectOption('OK');
  await expect(page).toHaveURL('/audit?outcome=ok&columns=time%2Cactor%2Coutcome%2Cip%2CuserAgent');
  await page.reload();
  await expect(headers.last()).toHaveText('User agent');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Usual columns' }).click();
  await expect(page).toHaveURL('/audit?outcome=ok');
  await page.goto('/audit?columns=nothing,%25');
  await expect(headers).toHaveCount(6);
});

test('members neither see what auditors share nor share a view themselves', async ({ signedIn }) => {
  const [{ page }, auditor] = [await signedIn('member'), await addPerson('auditor')];
  const name = `Watched ${auditor.id.slice(-6)}`;
  await saveView(actorOf(auditor), { name, shared: true, query: `actor=${encodeURIComponent(auditor.email)}` });
  await page.goto('/audit');
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByRole('menuitem', { name: 'Save this view' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name })).toHaveCount(0);
  expect(await page.content()).not.toContain(auditor.email);
  await page.getByRole('menuitem', { name: 'Save this view' }).click();
  await expect(page.getByLabel('Name')).toBeVisible();
  await expect(page.getByLabel('Share it')).toHaveCount(0);
});

test('a view is saved, shared among auditors, updated, renamed and deleted, and the log says so', async ({ signedIn }) => {
  test.setTimeout(120_000);
  const [{ page, person }, { page: theirs }] = [await signedIn('auditor'), await signedIn('auditor')];
  const name = `Refused ${person.id.slice(-6)}`;
  const menu = async (of: Page, item: string) => {
    await of.getByRole('button', { name: 'Views' }).click();
    await of.getByRole('menuitem', { name: item }).click();
  };
  await page.goto('/audit?outcome=refused&range=7d&columns=time,reason&zone=UTC');
  await menu(page, 'Save this view');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Share it').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name, exact: true })).toBeVisible();

  await theirs.goto('/audit');
  await menu(theirs, name);
  await expect(theirs).toHaveURL(/\/audit\?outcome=refused&range=7d&zone=UTC&columns=time%2Creason&view=[0-9a-f-]{36}$/);
  await expect(theirs.getByLabel('Outcome')).toHaveValue('refused');
  await theirs.getByLabel('Outcome').selectOption('OK');
  await theirs.getByRole('button', { name: `${name} changed` }).click();
  await expect(theirs.getByRole('menuitem', { name: 'Manage views' })).toHaveCount(0);
  await expect(theirs.getByRole('menuitem', { name: 'Update' })).toHaveCount(0);
  await theirs.getByRole('menuitem', { name: 'Save this view' }).click();
  await theirs.getByLabel('Name').fill('My own');
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs.getByRole('dialog')).toBeHidden();

  await test.step('it keeps what its owner changes', async () => {
    await page.goto('/audit');
    await menu(page, name);
    await page.getByRole('button', { name, exact: true }).click();
    await expect(page.getByRole('menuitem', { name: 'Update' })).toHaveCount(0);
    await page.keyboard.press('Escape');
    await page.getByLabel('Outcome').selectOption('All');
    await page.getByLabel('Event').selectOption('Signed in');
    await expect(page).toHaveURL(/event=user\.signed_in.*&view=/);
    // It is still in use after a reload: the address says so.
    await page.reload();
    await page.getByRole('button', { name: `${name} changed` }).click();
    await page.getByRole('menuitem', { name: `Update “${name}”` }).click();
    await page.getByRole('dialog', { name: 'Update view' }).getByRole('button', { name: 'Update' }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(page.getByRole('button', { name, exact: true })).toBeVisible();
    await theirs.goto('/audit');
    await menu(theirs, name);
    await expect(theirs.getByLabel('Event')).toHaveValue('user.signed_in');
  });

  await test.step('an update of one that was deleted meanwhile says so', async () => {
    const gone = `Gone ${person.id.slice(-6)}`;
    await page.goto('/audit?outcome=ok');
    await menu(page, 'Save this view');
    await page.getByRole('dialog').getByLabel('Name').fill(gone);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    // It is in use from then on.
    await expect(page).toHaveURL(/outcome=ok&view=/);
    await page.getByLabel('Outcome').selectOption('Refused');
    await page.getByRole('button', { name: `${gone} changed` }).click();
    await page.getByRole('menuitem', { name: 'Update' }).click();
    await db().auditView.deleteMany({ where: { ownerId: person.id, name: gone } });
    await page.getByRole('dialog').getByRole('button', { name: 'Update' }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).toHaveText(/no longer there/);
  });

  await page.goto('/audit');
  await page.getByRole('button', { name: 'Views' }).click();
  await expect(page.getByRole('menuitem', { name: 'My own' })).toHaveCount(0);
  await page.getByRole('menuitem', { name: 'Manage views' }).click();
  await page.getByRole('button', { name: `Rename ${name}` }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(`${name} now`);
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('button', { name: `Delete ${name} now` }).click();
  await page.getByRole('dialog', { name: 'Delete view' }).getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog', { name: 'Manage views' })).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  const events = await db().auditEvent.findMany({
    where: { actorId: person.id, event: { startsWith: 'audit.view' } },
    orderBy: { id: 'asc' },
    select: { event: true },
  });
  expect(events.map(({ event }) => event)).toEqual(['audit.view_saved', 'audit.view_changed', 'audit.view_renamed', 'audit.view_deleted']);
  await theirs.goto('/audit');
  await theirs.getByRole('button', { name: 'Views' }).click();
  await expect(theirs.getByRole('menuitem', { name })).toHaveCount(0);
  await expect(theirs.getByRole('menuitem', { name: 'My own' })).toBeVisible();
});
