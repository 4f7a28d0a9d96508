import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { transaction, unlessTaken } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { newId } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { foldKey } from '@/lib/text';
import { bindingOf } from '@/lib/tokens/binding';
import { supersede } from '@/lib/tokens/grace';
import { limitChanges, limitColumns, quotaChanges, quotaColumns } from '@/lib/tokens/limit';
import { lockToken } from '@/lib/tokens/lock';
import type {
  changeExpirationInput,
  createTokenInput,
  deleteTokenInput,
  Expiration,
  IssuedToken,
  regenerateTokenInput,
  renameTokenInput,
} from '@/lib/tokens/schema';
import { digestSecret, drawSecret, hintOf } from '@/lib/tokens/secret';

const DAY = 86_400_000;

/** Generates a token of the actor's own. Refuses `name_taken`, `expiration_past`, and what is no key to bind it to. */
export async function createToken(actor: Actor, input: z.infer<typeof createTokenInput>): Promise<IssuedToken> {
  authorize(actor, 'token.write', actor.userId);
  const secret = drawSecret(runtime().env.tokenPrefix);
  const binding = await bindingOf(input.publicKey);
  return transaction(async (tx, now) => {
    const expiresAt = expiryOf(input.expiration, now);
    const id = newId(now);
    const { name, description, scopes = [], ipAllowList = [], limit = null, quota = null } = input;
    await unlessTaken(
      tx.token.create({
        data: {
          id,
          ownerId: actor.userId,
          name,
          nameKey: foldKey(name),
          description,
          scopes,
          ipAllowList,
          ...limitColumns(limit),
          ...quotaColumns(quota),
          ...binding,
          hint: hintOf(secret, runtime().env.tokenPrefix),
          createdAt: now,
          expiresAt,
          secrets: { create: { ...digestSecret(secret, runtime().keys), createdAt: now } },
        },
        select: { id: true },
      }),
      nameTaken(name),
    );
    await record(tx, now, actor, {
      event: 'token.created',
      tokenId: id,
      subjectId: actor.userId,
      changes: {
        name: [null, name],
        description: [null, description],
        expiresAt: [null, iso(expiresAt)],
        ...(scopes.length > 0 && { scopes: [null, scopes] }),
        ...(ipAllowList.length > 0 && { ipAllowList: [null, ipAllowList] }),
        ...(limit && limitChanges(null, limit)),
        ...(quota && quotaChanges(null, quota)),
        ...(binding.boundThumbprint && { boundThumbprint: [null, binding.boundThumbprint] }),
      },
    });
    const bound = binding.boundThumbprint !== null;
    return { id, name, secret, expiresAt: iso(expiresAt), suspended: false, bound, oldValueUntil: null };
  });
}

/** Renames; validity and behaviour stay as they are. Refuses `name_taken`. */
export async function renameToken(actor: Actor, input: z.infer<typeof renameTokenInput>): Promise<void> {
  await transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, input.id);
    if (token.name === input.name) return;
    await unlessTaken(
      tx.token.update({ where: { id: token.id }, data: { name: input.name, nameKey: foldKey(input.name) }, select: { id: true } }),
      nameTaken(input.name),
    );
    await record(tx, now, actor, {
      event: 'token.renamed',
      tokenId: token.id,
      subjectId: token.ownerId,
      changes: { name: [token.name, input.name] },
    });
  });
}

/** Sets when the token ends; an expired one lives again. Refuses `expiration_past`. */
export async function changeExpiration(actor: Actor, input: z.infer<typeof changeExpirationInput>): Promise<{ expiresAt: string | null }> {
  return transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, input.id);
    const expiresAt = expiryOf(input.expiration, now);
    if (iso(expiresAt) !== iso(token.expiresAt)) {
      await tx.token.update({ where: { id: token.id }, data: { expiresAt }, select: { id: true } });
      await record(tx, now, actor, {
        event: 'token.expiry_changed',
        tokenId: token.id,
        subjectId: token.ownerId,
        changes: { expiresAt: [iso(token.expiresAt), iso(expiresAt)] },
      });
    }
    return { expiresAt: iso(expiresAt) };
  });
}

/**
 * Gives the actor's own token a new secret; the old one dies with the commit, or after `graceSeconds` (lib/tokens/grace.ts). A suspended
 * token stays suspended. Refuses `changed_meanwhile` when somebody regenerated it since `generation` was read, `expiration_required` for
 * an expired token without a new expiration, `grace_expired` for one with a grace: its old value is dead already; `grace_too_long` and
 * `grace_not_allowed` for one that the policy does not allow.
 */
export async function regenerateToken(actor: Actor, input: z.infer<typeof regenerateTokenInput>): Promise<IssuedToken> {
  const secret = drawSecret(runtime().env.tokenPrefix);
  return transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, input.id);
    // An administrator regenerating somebody else's token would see a secret that is not their own.
    if (token.ownerId !== actor.userId) throw new AppError('forbidden');
    if (token.generation !== input.generation) throw new AppError('changed_meanwhile');
    const { graceSeconds = 0 } = input;
    const expiresAt = input.expiration ? expiryOf(input.expiration, now) : token.expiresAt;
    if (expiresAt && expiresAt <= now) throw new AppError('expiration_required', { field: 'expiration' });
    if (graceSeconds > 0 && token.expiresAt && token.expiresAt <= now) throw new AppError('grace_expired', { field: 'graceSeconds' });
    const hint = hintOf(secret, runtime().env.tokenPrefix);
    const [endedGrace, grace] = await supersede(tx, now, token, graceSeconds);
    await tx.tokenSecret.create({
      data: { ...digestSecret(secret, runtime().keys), tokenId: token.id, createdAt: now },
      select: { tokenId: true },
    });
    await tx.token.update({ where: { id: token.id }, data: { generation: token.generation + 1, hint, expiresAt }, select: { id: true } });
    await record(tx, now, actor, {
      event: 'token.regenerated',
      tokenId: token.id,
      subjectId: token.ownerId,
      changes: {
        hint: [token.hint, hint],
        ...(iso(expiresAt) === iso(token.expiresAt) ? {} : { expiresAt: [iso(token.expiresAt), iso(expiresAt)] }),
        ...((endedGrace || grace) && { oldValueUntil: [iso(endedGrace), iso(grace)] }),
      },
    });
    return {
      id: token.id,
      name: token.name,
      secret,
      expiresAt: iso(expiresAt),
      suspended: token.suspendedAt !== null,
      bound: token.boundThumbprint !== null,
      oldValueUntil: iso(grace),
    };
  });
}

/** Deletes for good: a tombstone stays for the log, and its secrets stay recognisable. Refuses `name_mismatch`. */
export async function deleteToken(actor: Actor, input: z.infer<typeof deleteTokenInput>): Promise<void> {
  await transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, input.id);
    if (input.confirmName.trim().normalize('NFC') !== token.name) throw new AppError('name_mismatch', { field: 'confirmName' });
    await tx.token.update({ where: { id: token.id }, data: { deletedAt: now, nameKey: null }, select: { id: true } });
    await record(tx, now, actor, {
      event: 'token.deleted',
      tokenId: token.id,
      subjectId: token.ownerId,
      changes: { name: [token.name, null] },
    });
  });
}

function nameTaken(name: string): AppError {
  return new AppError('name_taken', { field: 'name', values: { name } });
}

function expiryOf(expiration: Expiration, now: Date): Date | null {
  if (expiration.kind === 'never') return null;
  if (expiration.kind === 'days') return new Date(now.getTime() + expiration.days * DAY);
  const at = new Date(expiration.at);
  if (at <= now) throw new AppError('expiration_past', { field: 'expiration' });
  return at;
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
