import { z } from 'zod';
import { record } from '@/lib/audit/record';
import { deviceOf } from '@/lib/auth/device';
import { verifyPassword } from '@/lib/auth/passwords';
import { noteThrottled } from '@/lib/auth/refusals';
import { openSession, pruneSessions } from '@/lib/auth/sessions';
import { type Attempt, accountOf, releaseAttempt, reserveAttempt, sourceOf } from '@/lib/auth/throttle';
import { db, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Origin } from '@/lib/permissions/permissions';
import { foldKey } from '@/lib/text';

// What cannot be an address or a password still takes the same way as what can: nothing tells them apart.
const credentials = z.object({
  email: z.string().transform((text) => text.trim().slice(0, 320)),
  password: z.string().transform((text) => text.slice(0, 4000)),
});

type Found = { id: string; passwordHash: string | null; disabledAt: Date | null } | null;

/**
 * Checks an e-mail address and password and opens a session with a new id. Null for an unknown address, a wrong password and a
 * disabled account alike, after the same work; the log alone knows which. Refuses `too_many_attempts`, `unavailable`.
 */
export async function signIn(given: unknown, origin: Origin, deviceCookie?: string): Promise<{ userId: string; sessionId: string } | null> {
  const parsed = credentials.safeParse(given);
  const { email, password } = parsed.success ? parsed.data : { email: '', password: '' };
  const attempt = attemptOf(email, origin, deviceCookie);
  const attemptId = await reserve(attempt, origin, email);
  const user = await findUser(email);
  const right = await compare(attemptId, password, user);
  return transaction(async (tx, now) => {
    // Locked and read again: whoever was disabled or got a new password since must not come in.
    const current = right && user ? await lockUser(tx, user.id) : null;
    if (!user || !current || current.disabledAt || current.passwordHash !== user.passwordHash) {
      const reason = user ? (right && current?.disabledAt ? 'disabled' : 'wrong_password') : 'unknown';
      await record(tx, now, { userId: null, origin }, { event: 'user.sign_in_failed', subjectId: user?.id, outcome: 'refused', reason });
      return null;
    }
    await releaseAttempt(tx, attemptId);
    await pruneSessions(tx, now, user.id);
    const sessionId = await openSession(tx, now, user.id, origin);
    await tx.user.update({ where: { id: user.id }, data: { lastSignInAt: now }, select: { id: true } });
    await record(tx, now, { userId: user.id, origin }, { event: 'user.signed_in' });
    return { userId: user.id, sessionId };
  });
}

function attemptOf(email: string, origin: Origin, deviceCookie: string | undefined): Attempt {
  const account = accountOf(email);
  const device = deviceOf(deviceCookie, account);
  return { account, source: device ? `device:${device}` : sourceOf(origin.ip), known: device !== undefined };
}

function findUser(email: string): Promise<Found> {
  // NUL and lone surrogates are no text to PostgreSQL; no address has them.
  const emailKey = foldKey(email).replaceAll(/[\p{Cs}\0]/gu, '\uFFFD');
  return db().user.findUnique({ where: { emailKey }, select: { id: true, passwordHash: true, disabledAt: true } });
}

async function reserve(attempt: Attempt, origin: Origin, email: string): Promise<string> {
  try {
    return await reserveAttempt(attempt);
  } catch (error) {
    if (error instanceof AppError && error.code === 'too_many_attempts')
      await noteThrottled(attempt.source, (await findUser(email))?.id, origin);
    throw error;
  }
}

/** Whether the password is right; a try that found no room behind the gate is given back, since nothing was learnt from it. */
async function compare(attemptId: string, password: string, user: Found): Promise<boolean> {
  try {
    return await verifyPassword(password, user?.passwordHash ?? null);
  } catch (error) {
    await releaseAttempt(db(), attemptId);
    throw error;
  }
}

async function lockUser(tx: Parameters<typeof releaseAttempt>[0], id: string): Promise<Found> {
  await tx.$executeRaw`SELECT 1 FROM "user" WHERE "id" = ${id}::uuid FOR UPDATE`;
  return tx.user.findUnique({ where: { id }, select: { id: true, passwordHash: true, disabledAt: true } });
}
