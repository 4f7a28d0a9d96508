import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { refuseCommonPassword } from '@/lib/auth/common-passwords';
import { hashPassword } from '@/lib/auth/passwords';
import { setupInput } from '@/lib/auth/schema';
import { accountOf, releaseAttempt, reserveAttempt, sourceOf } from '@/lib/auth/throttle';
import { db, lock, transaction } from '@/lib/db';
import { SettingsError } from '@/lib/env';
import { AppError, type RuleName } from '@/lib/errors';
import { newId } from '@/lib/id';
import { sameText } from '@/lib/keys';
import type { Origin } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { foldKey } from '@/lib/text';

/** Whether nobody has an account yet: then, and only then, the set-up page exists. */
export async function needsSetup(): Promise<boolean> {
  return (await db().user.findFirst({ select: { id: true } })) === null;
}

/**
 * Creates the first administrator for whoever holds the code that was printed at start. Refuses `setup_closed` once anybody has an
 * account (of two at once, one wins), `setup_code_wrong`, `too_many_attempts`, `password_common`.
 */
export async function setUp(origin: Origin, input: z.infer<typeof setupInput>): Promise<void> {
  if (!(await needsSetup())) throw new AppError('setup_closed');
  const attempt = await reserveAttempt({ account: accountOf('setup code'), source: sourceOf(origin.ip), known: false });
  if (!sameText(input.code, runtime().keys.setupCode)) throw new AppError('setup_code_wrong', { field: 'code' });
  await releaseAttempt(db(), attempt);
  await refuseCommonPassword(input.password, [input.name, input.email], 'password');
  await create(input, { userId: null, origin });
}

/**
 * Creates the first administrator from ADMIN_EMAIL and ADMIN_PASSWORD; does nothing once anybody has an account. Throws SettingsError
 * when one of them breaks the rules.
 */
export async function createFirstAdmin({ email, password }: { email: string; password: string }): Promise<void> {
  if (!(await needsSetup())) return;
  const name = email.split('@')[0];
  const parsed = setupInput.safeParse({ code: '-', name, email, password });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw settingsError(issue?.path[0] === 'password' ? 'password' : 'email', issue?.message as RuleName);
  }
  await refuseCommonPassword(password, [email], 'password').catch(() => {
    throw settingsError('password', 'common');
  });
  await create(parsed.data, 'system').catch((error) => {
    // Another instance, starting at the same moment, was first.
    if (!(error instanceof AppError && error.code === 'setup_closed')) throw error;
  });
}

async function create(input: z.infer<typeof setupInput>, by: Parameters<typeof record>[2]): Promise<void> {
  const passwordHash = await hashPassword(input.password);
  await transaction(async (tx, now) => {
    await lock(tx, 'setup');
    if (await tx.user.findFirst({ select: { id: true } })) throw new AppError('setup_closed');
    const { name, email } = input;
    const id = newId(now);
    await tx.user.create({
      data: { id, name, email, emailKey: foldKey(email), role: 'admin', passwordHash, createdAt: now },
      select: { id: true },
    });
    // Whoever claims the console is the one who acts; a setting acts for the system.
    await record(tx, now, by === 'system' ? by : { ...by, userId: id }, {
      event: 'user.created',
      subjectId: id,
      changes: { name: [null, name], email: [null, email], role: [null, 'admin'] },
    });
  });
}

const REASONS: Partial<Record<RuleName | 'common', string>> = {
  too_short: 'is too short: use at least 12 characters',
  too_long: 'is too long',
  forbidden_characters: 'contains characters that cannot be stored',
  common: 'is one of the passwords that attackers try first: choose another one',
};

function settingsError(field: 'email' | 'password', rule: RuleName | 'common'): SettingsError {
  const setting = field === 'email' ? 'ADMIN_EMAIL' : 'ADMIN_PASSWORD';
  return new SettingsError(`${setting}: ${REASONS[rule] ?? 'must be an e-mail address'}`);
}
