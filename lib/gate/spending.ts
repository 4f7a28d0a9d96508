import { type Allowance, bucketOf, type Limit, type Limits } from '@/lib/gate/limits';
import type { Quota, Quotas } from '@/lib/gate/quotas';

/** What a token's limit and quota, as far as it has them, say to one more request. */
export type Spending = { isAllowed: boolean; limit: Allowance | null; quota: Allowance | null };

type Spender = { tokenId: string; limit: Limit | null; quota: Quota | null };

/**
 * Gives what takes one request out of its token's bucket and quota, once however often it is asked: a request that is judged a second
 * time counts once, unless the limits themselves are others by then. Null for a token without any. `now`: the database's clock in milliseconds.
 */
export function spendOnce(limits: Limits, quotas: Quotas): (token: Spender, now: number) => Spending | Promise<Spending> | null {
  let spent: { by: string; spending: Spending | Promise<Spending> } | undefined;
  return (token, now) => {
    const { tokenId, limit, quota } = token;
    if (!limit && !quota) return null;
    const by = `${limit && bucketOf(tokenId, limit)} ${quota && `${quota.requests}/${quota.period}`}`;
    if (spent?.by !== by) spent = { by, spending: spend(token, now, limits, quotas) };
    return spent.spending;
  };
}

/** The limit first: what comes too fast must not use the quota up. */
function spend({ tokenId, limit, quota }: Spender, now: number, limits: Limits, quotas: Quotas): Spending | Promise<Spending> {
  const byQuota = (byLimit: Allowance | null): Spending | Promise<Spending> => {
    if (!quota || byLimit?.isAllowed === false) return { isAllowed: byLimit?.isAllowed ?? true, limit: byLimit, quota: null };
    const taken = quotas.take(tokenId, quota, now);
    const both = (allowance: Allowance): Spending => ({ isAllowed: allowance.isAllowed, limit: byLimit, quota: allowance });
    return taken instanceof Promise ? taken.then(both) : both(taken);
  };
  const taken = limit && limits.take(tokenId, limit);
  return taken instanceof Promise ? taken.then(byQuota) : byQuota(taken);
}
