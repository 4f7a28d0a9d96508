import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { type Tx, transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import type { Actor } from '@/lib/permissions/permissions';
import { heldLongestGraceHours } from '@/lib/policy/queries';
import { lockToken } from '@/lib/tokens/lock';
import type { extendGraceInput, finishGraceInput } from '@/lib/tokens/schema';

type LockedToken = Awaited<ReturnType<typeof lockToken>>['token'];

/** The earliest of these moments; null is none. */
export function earliest(first: Date, ...others: (Date | null)[]): Date {
  return others.reduce<Date>((least, one) => (one && one < least ? one : least), first);
}

/**
 * Replaces the live secret of a token: it goes on working for `graceSeconds`, no further than the token's expiration of now, and
 * whatever was replaced before ends at once. Gives the end of the predecessor that lived until now, and that of the new one.
 * Refuses `grace_too_long`, or `grace_not_allowed`, for more than the policy allows.
 */
export async function supersede(tx: Tx, now: Date, token: LockedToken, graceSeconds: number): Promise<[Date | null, Date | null]> {
  if (graceSeconds > 0) refuseMoreThan(await heldLongestGraceHours(tx), graceSeconds);
  const before = await predecessorOf(tx, token, now);
  const validUntil = graceSeconds > 0 ? earliest(after(now, graceSeconds), token.expiresAt) : null;
  await tx.tokenSecret.updateMany({ where: { tokenId: token.id, validUntil: { not: null } }, data: { validUntil: null } });
  await tx.tokenSecret.updateMany({
    where: { tokenId: token.id, supersededAt: null },
    data: { supersededAt: now, validUntil, notAfter: token.expiresAt, generation: token.generation, hint: token.hint },
  });
  return [before?.until ?? null, validUntil];
}

/**
 * Ends the grace of a replaced value: refused from the commit on. Does nothing where it has ended already. Refuses
 * `changed_meanwhile` when the token was regenerated since `generation` was read: what lives then is another value.
 */
export async function finishGrace(actor: Actor, input: z.infer<typeof finishGraceInput>): Promise<void> {
  await transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, input.id);
    if (token.generation !== input.generation) throw new AppError('changed_meanwhile');
    const old = await predecessorOf(tx, token, now);
    if (!old) return;
    await end(tx, actor, token, now, 'token.grace_ended', [old.until, now]);
  });
}

/**
 * Lets a replaced value that still works do so for `graceSeconds` from now, no further than its token's expiration, that of today and
 * that from when it was replaced, and no longer in all than the policy allows. Refuses `changed_meanwhile` when somebody else decided since `until` was read (so a doubled submit
 * extends once), `grace_over` for a value that has ended, which nothing brings back, `grace_not_longer`.
 */
export async function extendGrace(actor: Actor, input: z.infer<typeof extendGraceInput>): Promise<{ until: string }> {
  return transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, input.id);
    if (token.generation !== input.generation) throw new AppError('changed_meanwhile');
    const old = await predecessorOf(tx, token, now);
    if (!old) throw new AppError('grace_over');
    if (old.validUntil.getTime() !== Date.parse(input.until)) throw new AppError('changed_meanwhile');
    const cap = after(old.supersededAt, (await heldLongestGraceHours(tx)) * 3600);
    const until = earliest(after(now, input.graceSeconds), cap, old.notAfter, token.expiresAt);
    if (until <= old.until) throw new AppError('grace_not_longer', { field: 'graceSeconds' });
    await end(tx, actor, token, now, 'token.grace_extended', [old.until, until]);
    return { until: until.toISOString() };
  });
}

/** The replaced value that works beside the live one at `now`, until its own end or its token's; null when there is none. */
async function predecessorOf(tx: Tx, token: LockedToken, now: Date) {
  const old = await tx.tokenSecret.findFirst({
    where: { tokenId: token.id, validUntil: { gt: now } },
    select: { supersededAt: true, validUntil: true, notAfter: true },
  });
  if (!old?.validUntil || !old.supersededAt) return null;
  const until = earliest(old.validUntil, token.expiresAt);
  return until > now ? { supersededAt: old.supersededAt, validUntil: old.validUntil, notAfter: old.notAfter, until } : null;
}

function refuseMoreThan(hours: number, graceSeconds: number): void {
  if (graceSeconds <= hours * 3600) return;
  const field = 'graceSeconds';
  throw hours === 0 ? new AppError('grace_not_allowed', { field }) : new AppError('grace_too_long', { field, values: { hours } });
}

async function end(
  tx: Tx,
  actor: Actor,
  token: LockedToken,
  now: Date,
  event: 'token.grace_ended' | 'token.grace_extended',
  [before, until]: [Date, Date],
): Promise<void> {
  await tx.tokenSecret.updateMany({ where: { tokenId: token.id, validUntil: { not: null } }, data: { validUntil: until } });
  await record(tx, now, actor, {
    event,
    tokenId: token.id,
    subjectId: token.ownerId,
    changes: { oldValueUntil: [before.toISOString(), until.toISOString()] },
  });
}

/** So many seconds after a moment. */
export function after(now: Date, seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}
