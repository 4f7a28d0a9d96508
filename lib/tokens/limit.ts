import type { Changes } from '@/lib/audit/schema';
import type { TokenLimit, TokenQuota } from '@/lib/tokens/schema';

type Window = TokenLimit['windowSeconds'];

type Columns = { limitRequests: number | null; limitWindowSeconds: number | null };

/** A limit as the two columns of its token. */
export function limitColumns(limit: TokenLimit | null): Columns {
  return { limitRequests: limit?.requests ?? null, limitWindowSeconds: limit?.windowSeconds ?? null };
}

/** The limit that the columns of a token say: both are set, or neither, and commands set no other windows. */
export function limitOf({ limitRequests, limitWindowSeconds }: Columns): TokenLimit | null {
  if (limitRequests === null || limitWindowSeconds === null) return null;
  return { requests: limitRequests, windowSeconds: limitWindowSeconds as Window };
}

type QuotaColumns = { quotaRequests: number | null; quotaPeriod: string | null };

/** A quota as the two columns of its token. */
export function quotaColumns(quota: TokenQuota | null): QuotaColumns {
  return { quotaRequests: quota?.requests ?? null, quotaPeriod: quota?.period ?? null };
}

/** The quota that the columns of a token say: both are set, or neither, and commands set no other periods. */
export function quotaOf({ quotaRequests, quotaPeriod }: QuotaColumns): TokenQuota | null {
  if (quotaRequests === null || quotaPeriod === null) return null;
  return { requests: quotaRequests, period: quotaPeriod as TokenQuota['period'] };
}

/** Before and after for the log, both of them for the same reason as a limit's. */
export function quotaChanges(before: TokenQuota | null, after: TokenQuota | null): Changes {
  const [was, is] = [quotaColumns(before), quotaColumns(after)];
  return { quotaRequests: [was.quotaRequests, is.quotaRequests], quotaPeriod: [was.quotaPeriod, is.quotaPeriod] };
}

/** Before and after for the log; a number of requests says nothing without its window, so both are always there. */
export function limitChanges(before: TokenLimit | null, after: TokenLimit | null): Changes {
  const [was, is] = [limitColumns(before), limitColumns(after)];
  return {
    limitRequests: [was.limitRequests, is.limitRequests],
    limitWindowSeconds: [was.limitWindowSeconds, is.limitWindowSeconds],
  };
}
