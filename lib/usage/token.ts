import { db } from '@/lib/db';
import { newId } from '@/lib/id';
import { OTHER_ADDRESSES, type TokenUsage } from '@/lib/usage/schema';

const DAY = 86_400_000;
/** Addresses and scopes are shown for so many days. */
const DAYS = 30;
const MOST_ADDRESSES = 5;

/** From where a token was used within 30 days, the busiest addresses first, all that are not told apart last. */
export async function readAddresses(tokenId: string, now: Date): Promise<Pick<TokenUsage, 'addresses' | 'moreAddresses'>> {
  const rows = await db().$queryRaw<{ address: string; requests: number; refused: number; last_at: Date; total: number }[]>`
    SELECT address, sum(requests)::float8 AS requests, sum(refused)::float8 AS refused, max(last_at) AS last_at, count(*) OVER ()::int AS total
    FROM usage_address WHERE token_id = ${tokenId}::uuid AND day >= ${since(now)}::date
    GROUP BY address ORDER BY address = ${OTHER_ADDRESSES}, requests DESC, address LIMIT ${MOST_ADDRESSES}`;
  const addresses = rows.map(({ address, requests, refused, last_at }) => ({
    address: address === '' || address === OTHER_ADDRESSES ? null : address,
    isOther: address === OTHER_ADDRESSES,
    requests,
    refused,
    lastAt: last_at.toISOString(),
  }));
  return { addresses, moreAddresses: (rows[0]?.total ?? 0) - rows.length };
}

type Granted = { id: string; createdAt: Date; deletedAt: Date | null; scopes: string[] };

/** How often each granted scope was asked for within 30 days, and which of them could go. */
export async function narrowing(token: Granted, now: Date): Promise<Pick<TokenUsage, 'scopes' | 'unusedScopes'>> {
  const rows = await db().$queryRaw<{ scope: string; requests: number; last_at: Date }[]>`
    SELECT scope, coalesce(sum(requests) FILTER (WHERE day >= ${since(now)}::date), 0)::float8 AS requests, max(last_at) AS last_at
    FROM usage_scope WHERE token_id = ${token.id}::uuid AND scope = ANY(${token.scopes}) GROUP BY scope`;
  const used = new Map(rows.map((row) => [row.scope, row]));
  const limit = now.getTime() - DAYS * DAY;
  const idle = token.scopes.filter((scope) => (used.get(scope)?.last_at.getTime() ?? 0) < limit);
  return {
    scopes: token.scopes
      .map((scope) => ({ scope, requests: used.get(scope)?.requests ?? 0, lastAt: used.get(scope)?.last_at.toISOString() ?? null }))
      .sort((a, b) => b.requests - a.requests),
    unusedScopes: await grantedLongEnough(token, idle, now),
  };
}

/**
 * Those of `scopes` that the token has had for 30 days, over which the log says what gateways ask for. Where no gateway ever asked for
 * a scope, or only since an update of Latchkey, nothing is known, and none is accused.
 */
async function grantedLongEnough(token: Granted, scopes: string[], now: Date): Promise<string[]> {
  const limit = new Date(now.getTime() - DAYS * DAY);
  if (scopes.length === 0 || token.deletedAt || token.createdAt > limit) return [];
  const [{ known }, changes] = await Promise.all([
    db().$queryRaw<[{ known: boolean }]>`SELECT EXISTS (SELECT FROM usage_scope WHERE day <= ${since(now)}::date) AS known`.then(
      ([row]) => row,
    ),
    // By the index of operations: that of the token holds all of its accesses too.
    db().$queryRaw<{ scopes: [before: string[], after: string[]] }[]>`
      WITH change AS MATERIALIZED (
        SELECT token_id, changes FROM audit_event WHERE event = 'token.scopes_changed' AND id >= ${newId(limit)}::uuid
      )
      SELECT changes -> 'scopes' AS scopes FROM change WHERE token_id = ${token.id}::uuid`,
  ]);
  const granted = changes.flatMap(({ scopes: [before, after] }) => after.filter((scope) => !before.includes(scope)));
  return known ? scopes.filter((scope) => !granted.includes(scope)) : [];
}

/** The day (UTC) thirty days ago, which counts whole. */
function since(now: Date): string {
  return new Date(now.getTime() - DAYS * DAY).toISOString().slice(0, 10);
}
