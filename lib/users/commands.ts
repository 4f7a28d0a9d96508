import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { limitConcurrency } from '@/lib/concurrency';
import { databaseNow, lock, type Tx, transaction, unlessTaken } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { newId } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { foldKey } from '@/lib/text';
import { issueLink, type OneTimeLink } from '@/lib/users/links';
import type { addUserInput, changeRoleInput, userIdInput } from '@/lib/users/schema';

/** Adds a user and gives the one-time link with which they set their password. Refuses `email_taken`. */
export async function addUser(actor: Actor, input: z.infer<typeof addUserInput>): Promise<{ id: string } & OneTimeLink> {
  return administer(actor, async (tx, now) => {
    const id = newId(now);
    await unlessTaken(
      tx.user.create({ data: { id, ...input, emailKey: foldKey(input.email), createdAt: now }, select: { id: true } }),
      new AppError('email_taken', { field: 'email', values: { email: input.email } }),
    );
    await record(tx, now, actor, {
      event: 'user.created',
      subjectId: id,
      changes: { name: [null, input.name], email: [null, input.email], role: [null, input.role] },
    });
    return { id, ...(await issueLink(tx, now, id)) };
  });
}

/** Gives a new one-time link, to set a first password or another one; earlier links die. Refuses `forbidden` for oneself. */
export async function createLink(actor: Actor, input: z.infer<typeof userIdInput>): Promise<OneTimeLink> {
  authorize(actor, 'user.write');
  // With a link to oneself, whoever borrowed the session would not need the current password to take the account over.
  if (input.id === actor.userId) throw new AppError('forbidden');
  return administer(actor, async (tx, now) => {
    const user = await lockUser(tx, input.id);
    if (user.disabledAt) throw new AppError('changed_meanwhile');
    const link = await issueLink(tx, now, user.id);
    await record(tx, now, actor, { event: 'user.link_created', subjectId: user.id, changes: { expiresAt: [null, link.expiresAt] } });
    return link;
  });
}

/** Gives a user another role; it holds from their next request on. Refuses `last_admin`. */
export async function changeRole(actor: Actor, input: z.infer<typeof changeRoleInput>): Promise<void> {
  await administer(actor, async (tx, now) => {
    const user = await lockUser(tx, input.id);
    if (user.role === input.role) return;
    await guardLastAdmin(tx, user);
    await tx.user.update({ where: { id: user.id }, data: { role: input.role }, select: { id: true } });
    await record(tx, now, actor, { event: 'user.role_changed', subjectId: user.id, changes: { role: [user.role, input.role] } });
  });
}

/** Locks a user out: sessions and one-time links end now, tokens are refused while it lasts. Refuses `last_admin`. */
export async function disableUser(actor: Actor, input: z.infer<typeof userIdInput>): Promise<void> {
  await administer(actor, async (tx, now) => {
    const user = await lockUser(tx, input.id);
    if (user.disabledAt) return;
    await guardLastAdmin(tx, user);
    await tx.user.update({ where: { id: user.id }, data: { disabledAt: now }, select: { id: true } });
    await tx.session.deleteMany({ where: { userId: user.id } });
    await tx.passwordLink.deleteMany({ where: { userId: user.id } });
    await record(tx, now, actor, { event: 'user.disabled', subjectId: user.id, changes: { disabledAt: [null, now.toISOString()] } });
  });
}

/** Lets a disabled user in again; they sign in anew, and their tokens work again. */
export async function enableUser(actor: Actor, input: z.infer<typeof userIdInput>): Promise<void> {
  await administer(actor, async (tx, now) => {
    const user = await lockUser(tx, input.id);
    if (!user.disabledAt) return;
    await tx.user.update({ where: { id: user.id }, data: { disabledAt: null }, select: { id: true } });
    await record(tx, now, actor, {
      event: 'user.enabled',
      subjectId: user.id,
      changes: { disabledAt: [user.disabledAt.toISOString(), null] },
    });
  });
}

type Locked = { id: string; role: Actor['role']; disabledAt: Date | null };

// Commands of administrators wait for one another inside the database: this many may hold a connection while they do.
const limited = limitConcurrency(4, 128);

/**
 * Serialises whatever changes who may administer, then asks again whether the actor still may: of two administrators who demote or
 * disable each other, the second acts no more.
 */
async function administer<T>(actor: Actor, work: (tx: Tx, now: Date) => Promise<T>): Promise<T> {
  authorize(actor, 'user.write');
  return limited(() =>
    transaction(async (tx) => {
      await lock(tx, 'admins');
      const current = await tx.user.findUnique({ where: { id: actor.userId, disabledAt: null }, select: { role: true } });
      if (!current) throw new AppError('not_signed_in');
      authorize({ ...actor, role: current.role }, 'user.write');
      // The clock of now: what waited for another administrator is dated after it.
      return work(tx, await databaseNow(tx));
    }),
  );
}

/** Takes the user's row, so that a sign-in or a link that is being used waits for the outcome. */
async function lockUser(tx: Tx, id: string): Promise<Locked> {
  await tx.$executeRaw`SELECT 1 FROM "user" WHERE "id" = ${id}::uuid FOR UPDATE`;
  const user = await tx.user.findUnique({ where: { id }, select: { id: true, role: true, disabledAt: true } });
  if (!user) throw new AppError('not_found');
  return user;
}

async function guardLastAdmin(tx: Tx, user: Locked): Promise<void> {
  if (user.role !== 'admin' || user.disabledAt) return;
  const others = await tx.user.count({ where: { role: 'admin', disabledAt: null, passwordHash: { not: null }, id: { not: user.id } } });
  if (others === 0) throw new AppError('last_admin');
}
