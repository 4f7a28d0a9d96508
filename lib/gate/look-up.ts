import type { Pool } from 'pg';
import type { Current } from '@/lib/gate/access-rows';
import { Batcher } from '@/lib/gate/batcher';
import type { Binding, Grant } from '@/lib/gate/decide';
import type { Quota } from '@/lib/gate/quotas';
import { readPublicKey } from '@/lib/jwk';
import { type Network, readNetwork } from '@/lib/networks';

/**
 * What the database says of a digest (hexadecimal), at which version of all grants, and when: milliseconds since 1970 by its clock.
 * It was asked at `askedAt` (performance.now()).
 */
export type Found = { grant: Grant | null; version: number; now: number; askedAt: number };

export type LookUp = (digest: string) => Promise<Found>;

const QUERY = {
  name: 'gate-look-up',
  text: `
    SELECT wanted.place::int, extract(epoch FROM clock_timestamp())::float8 * 1000, (SELECT version::float8 FROM grant_version),
           token.id::text, token.name, token.scopes, coalesce(token.ip_allow_list, '{}'),
           coalesce(token.limit_requests, policy.default_limit_requests),
           CASE WHEN token.limit_requests IS NULL THEN policy.default_limit_window_seconds ELSE token.limit_window_seconds END,
           extract(epoch FROM token.expires_at)::float8 * 1000,
           token.deleted_at IS NOT NULL, token.suspended_at IS NOT NULL,
           coalesce(secret.generation, 0), extract(epoch FROM coalesce(secret.valid_until, secret.superseded_at))::float8 * 1000,
           owner.id::text, owner.email, owner.disabled_at IS NOT NULL, token.bound_thumbprint, token.bound_jwk,
           token.quota_requests, token.quota_period
    FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted(digest, place)
    CROSS JOIN policy
    LEFT JOIN token_secret secret ON secret.digest = wanted.digest
    LEFT JOIN token ON token.id = secret.token_id
    LEFT JOIN "user" owner ON owner.id = token.owner_id`,
  rowMode: 'array' as const,
  query_timeout: 1800,
};

type Row = [
  place: number,
  now: number,
  version: number,
  tokenId: string | null,
  tokenName: string,
  scopes: string[],
  ipAllowList: string[],
  limitRequests: number | null,
  limitWindowSeconds: number | null,
  expiresAt: number | null,
  isDeleted: boolean,
  isSuspended: boolean,
  generation: number,
  replacedUntil: number | null,
  ownerId: string,
  ownerEmail: string,
  isOwnerDisabled: boolean,
  boundThumbprint: string | null,
  boundJwk: unknown,
  quotaRequests: number | null,
  quotaPeriod: Quota['period'] | null,
];

/**
 * Looks digests up in PostgreSQL. Requests that arrive together share one query, so that a crowd of them costs little more than
 * one, and every answer is what the database says at that moment: a revocation anywhere holds from its commit on.
 */
export function createLookUp(pool: Pool): LookUp {
  const batcher = new Batcher<string, Found>({
    inFlight: 2,
    largest: 256,
    waiting: 10_000,
    patience: 1500,
    async run(digests) {
      // A busy token is in most batches many times; it is asked about once.
      const places = new Map<string, number>();
      for (const digest of digests) if (!places.has(digest)) places.set(digest, places.size);
      const literal = `{${[...places.keys()].map((digest) => `"\\\\x${digest}"`).join()}}`;
      const askedAt = performance.now();
      const { rows } = await pool.query<Row>({ ...QUERY, values: [literal] });
      const found: Found[] = new Array(places.size);
      for (const row of rows) found[row[0] - 1] = { grant: toGrant(row), now: row[1], version: row[2], askedAt };
      return digests.map((digest) => found[places.get(digest) as number] as Found);
    },
  });
  return (digest) => batcher.add(digest);
}

/** Asks which version of all grants the database has reached, and what time it is there. Those who ask together share one answer. */
export function createVersionCheck(pool: Pool): () => Promise<Current> {
  const batcher = new Batcher<null, Current>({
    inFlight: 1,
    largest: 10_000,
    waiting: 10_000,
    patience: 1500,
    async run(asking) {
      const askedAt = performance.now();
      const { rows } = await pool.query<Omit<Current, 'askedAt'>>(VERSION);
      const current = { ...(rows[0] as Omit<Current, 'askedAt'>), askedAt };
      return asking.map(() => current);
    },
  });
  return () => batcher.add(null);
}

const VERSION = {
  name: 'gate-version',
  text: 'SELECT version::float8 AS version, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now FROM grant_version',
  query_timeout: 1800,
};

function toGrant(row: Row): Grant | null {
  const [, , , tokenId, tokenName, scopes, ipAllowList, requests, windowSeconds, expiresAt, ...rest] = row;
  if (tokenId === null) return null;
  const [isDeleted, isSuspended, generation, until, ownerId, ownerEmail, isOwnerDisabled, thumbprint, jwk, quotaRequests, quotaPeriod] =
    rest;
  const networks = ipAllowList.length === 0 ? null : ipAllowList.flatMap(parsed);
  const limit = requests === null || windowSeconds === null ? null : { requests, windowSeconds };
  return {
    tokenId,
    tokenName,
    scopes,
    networks,
    limit,
    quota: quotaRequests === null || quotaPeriod === null ? null : { requests: quotaRequests, period: quotaPeriod },
    // One of them alone is a binding that nobody can fulfil.
    binding: thumbprint === null && jwk === null ? null : bindingOf(thumbprint ?? '', jwk),
    expiresAt,
    isDeleted,
    isSuspended,
    replaced: until === null ? null : { generation, until },
    ownerId,
    ownerEmail,
    isOwnerDisabled,
  };
}

/** Commands store keys that can be read, and only those. */
function bindingOf(thumbprint: string, jwk: unknown): Binding {
  const read = readPublicKey(jwk);
  return { thumbprint, key: 'problem' in read ? null : read.key };
}

/** Commands store networks only. Should anything else be there all the same, it opens to nobody. */
function parsed(text: string): Network[] {
  const network = readNetwork(text);
  return 'problem' in network ? [] : [network];
}
