import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { refuseCommonPassword } from '@/lib/auth/common-passwords';
import { hashPassword } from '@/lib/auth/passwords';
import type { setPasswordInput } from '@/lib/auth/schema';
import { databaseNow, db, type Tx, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { hmac } from '@/lib/keys';
import type { Origin } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';

/** A one-time link is good for this long, in milliseconds. */
export const LINK_LIFETIME = 72 * 3_600_000;

/** A link as it is shown once to the administrator who asked for it. */
export type OneTimeLink = { link: string; expiresAt: string };

/** Makes the one link with which this user can set a password; earlier ones die. */
export async function issueLink(tx: Tx, now: Date, userId: string): Promise<OneTimeLink> {
  const code = randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + LINK_LIFETIME);
  await tx.passwordLink.deleteMany({ where: { OR: [{ userId }, { expiresAt: { lte: now } }] } });
  await tx.passwordLink.create({ data: { digest: digestOf(code), userId, createdAt: now, expiresAt }, select: { userId: true } });
  return { link: `${runtime().env.baseUrl}/set-password?code=${code}`, expiresAt: expiresAt.toISOString() };
}

/** Whose password a link can set, or null when it was used, replaced, ran out or never was. */
export async function readLink(code: string): Promise<{ id: string; name: string; email: string } | null> {
  const link = await db().passwordLink.findUnique({
    where: { digest: digestOf(code), expiresAt: { gt: await databaseNow() }, user: { disabledAt: null } },
    select: { user: { select: { id: true, name: true, email: true } } },
  });
  return link?.user ?? null;
}

/** Sets the password of the link's user, once, and ends their sessions. Refuses `link_invalid`, `password_common`. */
export async function setPassword(origin: Origin, input: z.infer<typeof setPasswordInput>): Promise<{ email: string }> {
  const user = await readLink(input.code);
  if (!user) throw new AppError('link_invalid');
  await refuseCommonPassword(input.password, [user.name, user.email], 'password');
  const passwordHash = await hashPassword(input.password);
  return transaction(async (tx, now) => {
    // The user's row first, as disabling does, so that a link of somebody who is being disabled cannot win.
    const { count: enabled } = await tx.user.updateMany({ where: { id: user.id, disabledAt: null }, data: { passwordHash } });
    // Of two at once, the one that removes the link is the one that used it.
    const { count: used } = await tx.passwordLink.deleteMany({ where: { digest: digestOf(input.code), expiresAt: { gt: now } } });
    if (enabled !== 1 || used !== 1) throw new AppError('link_invalid');
    await tx.passwordLink.deleteMany({ where: { userId: user.id } });
    await tx.session.deleteMany({ where: { userId: user.id } });
    await record(tx, now, { userId: user.id, origin }, { event: 'user.password_changed' });
    return { email: user.email };
  });
}

function digestOf(code: string): Buffer<ArrayBuffer> {
  return hmac(runtime().keys.link, `link ${code}`);
}
