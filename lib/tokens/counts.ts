import { db } from '@/lib/db';
import { Prisma } from '@/lib/generated/prisma/client';
import { type Actor, can } from '@/lib/permissions/permissions';
import type { TokenStatus } from '@/lib/tokens/schema';

/** How many tokens there are of each status, among those that the actor may see; deleted ones are not counted. */
export async function countTokens(actor: Actor): Promise<Record<Exclude<TokenStatus, 'deleted'>, number>> {
  const seen = can(actor, 'token.read') ? Prisma.sql`TRUE` : Prisma.sql`owner_id = ${actor.userId}::uuid`;
  const [counts] = await db().$queryRaw<[Record<Exclude<TokenStatus, 'deleted'>, number>]>`
    SELECT count(*) FILTER (WHERE suspended_at IS NOT NULL)::int AS suspended,
           count(*) FILTER (WHERE suspended_at IS NULL AND expires_at <= now)::int AS expired,
           count(*) FILTER (WHERE suspended_at IS NULL AND expires_at > now AND expires_at <= now + interval '7 days')::int AS expiring,
           count(*) FILTER (WHERE suspended_at IS NULL AND (expires_at IS NULL OR expires_at > now + interval '7 days'))::int AS active
    FROM token, clock_timestamp() AS now WHERE deleted_at IS NULL AND ${seen}`;
  return counts;
}
