import type { RefusalReason } from '@/lib/audit/schema';
import type { Limit } from '@/lib/gate/limits';
import type { Quota } from '@/lib/gate/quotas';
import type { PublicKey } from '@/lib/jwk';
import { isWithin, type Network } from '@/lib/networks';

/** The key that a token is bound to; `key` is null should nobody be able to read it, and then nobody can prove to have it. */
export type Binding = { key: PublicKey | null; thumbprint: string };

/** What the gate knows about a secret that was once issued. Moments are milliseconds since 1970, by the database's clock. */
export type Grant = {
  tokenId: string;
  tokenName: string;
  scopes: string[];
  /** From where it may be used, parsed once for all requests; null: from anywhere. */
  networks: readonly Network[] | null;
  /** How often it may be used; null: as often as anybody likes. */
  limit: Limit | null;
  /** How often in a calendar period; null: as often as anybody likes. */
  quota: Quota | null;
  /** Which key has to prove that the right one shows it; null: whoever shows it is the right one. */
  binding: Binding | null;
  expiresAt: number | null;
  isDeleted: boolean;
  isSuspended: boolean;
  /** For a value that was replaced: which of the token's values it was, and until when it works all the same. Null: the current one. */
  replaced: { generation: number; until: number } | null;
  ownerId: string;
  ownerEmail: string;
  isOwnerDisabled: boolean;
};

export type Decision = { allowed: true; grant: Grant } | { allowed: false; grant: Grant | null; reason: RefusalReason };

/**
 * What a request asks for: the scopes that the gateway wants, the client's address as far as it is known, and whether the secret was
 * shown as its binding wants it (lib/gate/possession.ts).
 */
export type Wish = { wanted: readonly string[]; ip: string | null; isHolder: boolean };

/** May this request pass? `grant` is what the look-up found, `now` the database's clock. Names the first thing that is wrong. Pure. */
export function decide(grant: Grant | null, { wanted, ip, isHolder }: Wish, now: number): Decision {
  const refuse = (reason: RefusalReason): Decision => ({ allowed: false, grant, reason });
  if (!grant) return refuse('unknown');
  const fault = faultOf(grant, now);
  if (fault) return refuse(fault);
  if (!isHolder) return refuse('malformed');
  // A client whose address is not known is in no list.
  if (grant.networks && (ip === null || !isWithin(ip, grant.networks))) return refuse('address');
  if (!wanted.every((scope) => grant.scopes.includes(scope))) return refuse('scope');
  return { allowed: true, grant };
}

/** What is wrong with a token whoever shows it, and for whatever; undefined while it is valid. */
export function faultOf(grant: Grant, now: number): RefusalReason | undefined {
  if (grant.isDeleted) return 'deleted';
  if (grant.replaced && now >= grant.replaced.until) return 'superseded';
  if (grant.isSuspended) return 'suspended';
  if (grant.expiresAt !== null && now >= grant.expiresAt) return 'expired';
  if (grant.isOwnerDisabled) return 'owner_disabled';
  return undefined;
}

/** The moment from which on this value opens nothing any longer: its own end or the token's, whichever is first; null: none is set. */
export function endOf({ expiresAt, replaced }: Grant): number | null {
  if (!replaced) return expiresAt;
  return expiresAt === null ? replaced.until : Math.min(expiresAt, replaced.until);
}
