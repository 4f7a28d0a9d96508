import { expect, test } from 'vitest';
import { checkSession } from '@/lib/auth/sessions';
import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { testDatabase } from '@/lib/testing/database';
import { createPerson, eventsOf, nowhere, outcomeOf } from '@/lib/testing/people';
import { addUser, changeRole, createLink, disableUser, enableUser } from '@/lib/users/commands';
import { setPassword } from '@/lib/users/links';
import { addUserInput, changeRoleInput } from '@/lib/users/schema';

testDatabase();

const person = (email: string) => ({ name: 'New Person', email, role: 'member' as const });
const onlyAdmins = async (...ids: string[]) => {
  await db().user.updateMany({ where: { role: 'admin', id: { notIn: ids } }, data: { disabledAt: new Date() } });
};

test('adding a user gives a one-time link and records who added whom', async () => {
  const admin = await createPerson('admin');
  const added = await addUser(admin, person('Grace@example.org'));
  expect(added.link).toMatch(/^http:\/\/localhost:3000\/set-password\?code=[\w-]{43}$/);
  expect(Date.parse(added.expiresAt) - Date.now()).toBeGreaterThan(71.9 * 3_600_000);
  expect(await db().user.findUniqueOrThrow({ where: { id: added.id } })).toMatchObject({
    email: 'Grace@example.org',
    emailKey: 'grace@example.org',
    passwordHash: null,
  });
  const event = (await eventsOf('user.created')).at(-1);
  expect(event).toMatchObject({
    actorId: admin.userId,
    subjectId: added.id,
    changes: { email: [null, 'Grace@example.org'], role: [null, 'member'] },
  });
  const stored = JSON.stringify([await db().passwordLink.findMany(), await db().auditEvent.findMany()]);
  expect(stored).not.toContain(added.link.slice(-43));
});

test('an address is taken whatever its case, also by fifty who add it at once', async () => {
  const admin = await createPerson('admin');
  await addUser(admin, person('one@example.org'));
  expect(await outcomeOf(addUser(admin, person('ONE@example.org')))).toBe('email_taken');
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(addUser(admin, person('many@example.org')))));
  expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
  expect(
    await db().auditEvent.count({ where: { event: 'user.created', changes: { path: ['email', '1'], equals: 'many@example.org' } } }),
  ).toBe(1);
});

test('the last enabled administrator can be neither demoted nor disabled; one who never set a password does not count', async () => {
  const admin = await createPerson('admin');
  await onlyAdmins(admin.userId);
  await addUser(admin, { ...person('invited-admin@example.org'), role: 'admin' });
  expect(await outcomeOf(changeRole(admin, { id: admin.userId, role: 'member' }))).toBe('last_admin');
  expect(await outcomeOf(disableUser(admin, { id: admin.userId }))).toBe('last_admin');
  const second = await createPerson('admin');
  expect(await outcomeOf(changeRole(admin, { id: admin.userId, role: 'member' }))).toBe('ok');
  expect(await outcomeOf(disableUser(second, { id: second.userId }))).toBe('last_admin');
});

test.each(['demote', 'disable'] as const)('of two administrators who %s each other at once, one stays', async (how) => {
  const act = {
    demote: (actor: Parameters<typeof changeRole>[0], id: string) => changeRole(actor, { id, role: 'member' }),
    disable: (actor: Parameters<typeof changeRole>[0], id: string) => disableUser(actor, { id }),
  }[how];
  for (let round = 0; round < 10; round++) {
    const [one, two] = [await createPerson('admin'), await createPerson('admin')];
    await onlyAdmins(one.userId, two.userId);
    const outcomes = await Promise.all([outcomeOf(act(one, two.userId)), outcomeOf(act(two, one.userId))]);
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
    expect(await db().user.count({ where: { role: 'admin', disabledAt: null } })).toBe(1);
  }
});

test('whoever lost the right a moment ago does nothing more with it', async () => {
  const [admin, other, target] = [await createPerson('admin'), await createPerson('admin'), await createPerson('member')];
  await changeRole(other, { id: admin.userId, role: 'auditor' });
  expect(await outcomeOf(disableUser(admin, { id: target.userId }))).toBe('forbidden');
  await changeRole(other, { id: admin.userId, role: 'member' });
  expect(await outcomeOf(addUser(admin, person('late@example.org')))).toBe('not_found');
  await disableUser(other, { id: admin.userId });
  expect(await outcomeOf(enableUser(admin, { id: admin.userId }))).toBe('not_signed_in');
});

test('disabling ends sessions and links at once; enabling brings none of them back', async () => {
  const [admin, member] = [await createPerson('admin'), await createPerson('member')];
  const { link } = await createLink(admin, { id: member.userId });
  await disableUser(admin, { id: member.userId });
  expect(await checkSession(member.sessionId, nowhere)).toBeNull();
  expect(await outcomeOf(createLink(admin, { id: member.userId }))).toBe('changed_meanwhile');
  await enableUser(admin, { id: member.userId });
  expect(await checkSession(member.sessionId, nowhere)).toBeNull();
  expect(await outcomeOf(setPassword(nowhere, { code: link.slice(-43), password: 'plum-otter-sieve-17' }))).toBe('link_invalid');
  const of = async (event: string) => (await eventsOf(event)).filter(({ subjectId }) => subjectId === member.userId).length;
  expect([await of('user.disabled'), await of('user.enabled')]).toEqual([1, 1]);
});

test('a new role holds from the next request on, and saying it twice records it once', async () => {
  const [admin, member] = [await createPerson('admin'), await createPerson('member')];
  await changeRole(admin, { id: member.userId, role: 'auditor' });
  await changeRole(admin, { id: member.userId, role: 'auditor' });
  expect((await checkSession(member.sessionId, nowhere))?.role).toBe('auditor');
  const events = (await eventsOf('user.role_changed')).filter(({ subjectId }) => subjectId === member.userId);
  expect(events.map(({ changes }) => changes)).toEqual([{ role: ['member', 'auditor'] }]);
});

test('nobody makes a link for themselves, or for somebody who does not exist', async () => {
  const admin = await createPerson('admin');
  expect(await outcomeOf(createLink(admin, { id: admin.userId }))).toBe('forbidden');
  expect(await outcomeOf(createLink(admin, { id: newId(new Date()) }))).toBe('not_found');
});

test.each([
  [{ ...person('a@example.org'), userId: 'x' }, 'unrecognized_keys'],
  [{ ...person('a@example.org'), role: 'owner' }, 'invalid_value'],
  [{ ...person(''), email: ' ' }, 'required'],
  [person('no at sign'), 'email_invalid'],
  [person('a@b'), 'email_invalid'],
  [person('ä@example.org'), 'email_invalid'],
  [person('a\0@example.org'), 'email_invalid'],
  [person(`${'a'.repeat(250)}@example.org`), 'too_long'],
  [person('a'.repeat(1_000_000)), 'too_long'],
  [{ ...person('a@example.org'), name: '\u200b\u2060' }, 'only_invisible'],
  [{ ...person('a@example.org'), name: 'x'.repeat(81) }, 'too_long'],
])('bad input is refused with its reason (%#): %s', (input, reason) => {
  const issue = addUserInput.safeParse(input).error?.issues[0];
  expect([issue?.message, issue?.code]).toContain(reason);
});

test('an address is trimmed, and an id is an id', () => {
  expect(addUserInput.parse(person('  a@example.org ')).email).toBe('a@example.org');
  expect(changeRoleInput.safeParse({ id: '../x', role: 'admin' }).success).toBe(false);
});
