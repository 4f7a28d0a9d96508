import type { Pool } from 'pg';
import { Batcher } from '@/lib/gate/batcher';
import type { Grant } from '@/lib/gate/decide';

/** What the database says of a digest (hexadecimal), at which version of all grants, and when: milliseconds since 1970 by its clock. */
export type Found = { grant: Grant | null; version: number; now: number };

export type LookUp = (digest: string) => Promise<Found>;

const QUERY = {
  name: 'gate-look-up',
  text: `
    SELECT wanted.place::int, extract(epoch FROM clock_timestamp())::float8 * 1000, (SELECT version::float8 FROM grant_version),
           token.id::text, token.name, token.scopes, extract(epoch FROM token.expires_at)::float8 * 1000,
           token.deleted_at IS NOT NULL, secret.superseded_at IS NOT NULL,
           owner.id::text, owner.email, owner.disabled_at IS NOT NULL
    FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted(digest, place)
    LEFT JOIN token_secret secret ON secret.digest = wanted.digest
    LEFT JOIN token ON token.id = secret.token_id
    LEFT JOIN "user" owner ON owner.id = token.owner_id`,
  rowMode: 'array' as const,
  query_timeout: 1800,
};

type Row = [number, number, number, string | null, string, string[], number | null, boolean, boolean, string, string, boolean];

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
    gather: 1,
    async run(digests) {
      // A busy token is in most batches many times; it is asked about once.
      const places = new Map<string, number>();
      for (const digest of digests) if (!places.has(digest)) places.set(digest, places.size);
      const literal = `{${[...places.keys()].map((digest) => `"\\\\x${digest}"`).join()}}`;
      const { rows } = await pool.query<Row>({ ...QUERY, values: [literal] });
      const found: Found[] = new Array(places.size);
      for (const row of rows) found[row[0] - 1] = { grant: toGrant(row), now: row[1], version: row[2] };
      return digests.map((digest) => found[places.get(digest) as number] as Found);
    },
  });
  return (digest) => batcher.add(digest);
}

function toGrant(row: Row): Grant | null {
  const [, , , tokenId, tokenName, scopes, expiresAt, isDeleted, isSuperseded, ownerId, ownerEmail, isOwnerDisabled] = row;
  if (tokenId === null) return null;
  return { tokenId, tokenName, scopes, expiresAt, isDeleted, isSuperseded, ownerId, ownerEmail, isOwnerDisabled };
}
