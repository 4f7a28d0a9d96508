import type { RefusalReason } from '@/lib/audit/schema';

/** What the gate knows about a secret that was once issued. Moments are milliseconds since 1970, by the database's clock. */
export type Grant = {
  tokenId: string;
  tokenName: string;
  scopes: string[];
  expiresAt: number | null;
  isDeleted: boolean;
  isSuperseded: boolean;
  ownerId: string;
  ownerEmail: string;
  isOwnerDisabled: boolean;
};

export type Decision = { allowed: true; grant: Grant } | { allowed: false; grant: Grant | null; reason: RefusalReason };

/** May this request pass? `grant` is what the look-up found, `wanted` the scopes asked for, `now` the database's clock. Pure. */
export function decide(grant: Grant | null, wanted: readonly string[], now: number): Decision {
  const refuse = (reason: RefusalReason): Decision => ({ allowed: false, grant, reason });
  if (!grant) return refuse('unknown');
  if (grant.isDeleted) return refuse('deleted');
  if (grant.isSuperseded) return refuse('superseded');
  if (grant.expiresAt !== null && now >= grant.expiresAt) return refuse('expired');
  if (grant.isOwnerDisabled) return refuse('owner_disabled');
  if (!wanted.every((scope) => grant.scopes.includes(scope))) return refuse('scope');
  return { allowed: true, grant };
}
