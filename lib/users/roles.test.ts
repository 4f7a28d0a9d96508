import { describe, expect, test } from 'vitest';
import { newId } from '@/lib/id';
import type { Actor, Role } from '@/lib/permissions/permissions';
import { changePassword, endOtherSessions, updateProfile } from '@/lib/profile/commands';
import { listSessions } from '@/lib/profile/queries';
import { testDatabase } from '@/lib/testing/database';
import { createPerson, outcomeOf, PASSWORD } from '@/lib/testing/people';
import { addUser, changeRole, createLink, disableUser, enableUser } from '@/lib/users/commands';
import { getUser, listSignIns, listUsers } from '@/lib/users/queries';
import { userFilters } from '@/lib/users/schema';

testDatabase();

type Operation = (actor: Actor, id: string) => Promise<unknown>;

const onOthers: Record<string, Operation> = {
  getUser,
  listSignIns: (actor, id) => listSignIns(actor, id),
  createLink: (actor, id) => createLink(actor, { id }),
  changeRole: (actor, id) => changeRole(actor, { id, role: 'auditor' }),
  disableUser: (actor, id) => disableUser(actor, { id }),
  enableUser: (actor, id) => enableUser(actor, { id }),
};

const onAll: Record<string, (actor: Actor) => Promise<unknown>> = {
  listUsers: (actor) => listUsers(actor, userFilters.parse({})),
  addUser: (actor) => addUser(actor, { name: 'New', email: `${newId(new Date())}@example.org`, role: 'member' }),
};

const onSelf: Record<string, (actor: Actor) => Promise<unknown>> = {
  getUser: (actor) => getUser(actor, actor.userId),
  listSignIns: (actor) => listSignIns(actor, actor.userId),
  listSessions,
  updateProfile: (actor) => updateProfile(actor, { name: 'Another name' }),
  changePassword: (actor) => changePassword(actor, { currentPassword: PASSWORD, newPassword: 'plum-otter-sieve-17' }),
  endOtherSessions,
};

const reads = ['getUser', 'listSignIns', 'listUsers'];

/** What the contract's table of roles says. What somebody may not see answers exactly as what does not exist. */
function expected(role: Role, operation: string, exists: boolean): string {
  if (role === 'member' || (role === 'admin' && !exists)) return 'not_found';
  if (role === 'admin') return 'ok';
  if (reads.includes(operation)) return exists ? 'ok' : 'not_found';
  return 'forbidden';
}

describe.each(['member', 'auditor', 'admin'] as const)('a %s', (role) => {
  test.each(Object.keys(onOthers))('%s on somebody else, and on nobody', async (operation) => {
    const actor = await createPerson(role);
    await createPerson('admin');
    const run = onOthers[operation] as Operation;
    for (const other of ['member', 'auditor', 'admin'] as const)
      expect(await outcomeOf(run(actor, (await createPerson(other)).userId)), `on ${other}`).toBe(expected(role, operation, true));
    expect(await outcomeOf(run(actor, newId(new Date())))).toBe(expected(role, operation, false));
  });

  test.each(Object.keys(onAll))('%s', async (operation) => {
    expect(await outcomeOf((onAll[operation] as (typeof onAll)[string])(await createPerson(role)))).toBe(expected(role, operation, true));
  });

  test.each(Object.keys(onSelf))('%s for oneself', async (operation) => {
    expect(await outcomeOf((onSelf[operation] as (typeof onSelf)[string])(await createPerson(role)))).toBe('ok');
  });
});
