import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import { transaction } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { Prisma } from '@/lib/generated/prisma/client';
import type { PublicKey } from '@/lib/jwk';
import type { Actor } from '@/lib/permissions/permissions';
import { lockToken } from '@/lib/tokens/lock';
import type { bindTokenInput, unbindTokenInput } from '@/lib/tokens/schema';

/** What a token that is bound to `key` holds; null: of one that is not. Refuses `key_invalid` for numbers that are no key. */
export async function bindingOf(key: PublicKey | null | undefined) {
  if (!key) return { boundJwk: Prisma.DbNull, boundThumbprint: null };
  try {
    // Finds out whether a point lies on its curve.
    createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
  } catch {
    throw new AppError('invalid_input', { field: 'publicKey', rule: 'key_invalid' });
  }
  return { boundJwk: key, boundThumbprint: await calculateJwkThumbprint(key, 'sha256') };
}

/**
 * Binds a token to a key, or to another one: from the next request on, the gate wants proofs by that key (DPoP, RFC 9449). Refuses
 * `changed_meanwhile` when it is bound to another key than `from`, the one that the person saw.
 */
export async function bindToken(actor: Actor, input: z.infer<typeof bindTokenInput>): Promise<{ thumbprint: string }> {
  const binding = await bindingOf(input.publicKey);
  await change(actor, input, binding);
  return { thumbprint: binding.boundThumbprint ?? '' };
}

/** Lets whoever has the secret use the token again, without a proof. Refuses `changed_meanwhile` as `bindToken` does. */
export async function unbindToken(actor: Actor, input: z.infer<typeof unbindTokenInput>): Promise<void> {
  await change(actor, input, await bindingOf(null));
}

async function change(
  actor: Actor,
  { id, from }: { id: string; from: string | null },
  binding: Awaited<ReturnType<typeof bindingOf>>,
): Promise<void> {
  await transaction(async (tx) => {
    const { token, now } = await lockToken(tx, actor, id);
    const [before, after] = [token.boundThumbprint, binding.boundThumbprint];
    // Whoever sends the same twice, for want of an answer, gets the same answer.
    if (before === after) return;
    if (before !== from) throw new AppError('changed_meanwhile');
    await tx.token.update({ where: { id: token.id }, data: binding, select: { id: true } });
    await record(tx, now, actor, {
      event: after ? 'token.bound' : 'token.unbound',
      tokenId: token.id,
      subjectId: token.ownerId,
      changes: { boundThumbprint: [before, after] },
    });
  });
}
