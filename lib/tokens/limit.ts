import type { Changes } from '@/lib/audit/schema';
import type { TokenLimit } from '@/lib/tokens/schema';

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

/** Before and after for the log; a number of requests says nothing without its window, so both are always there. */
export function limitChanges(before: TokenLimit | null, after: TokenLimit | null): Changes {
  const [was, is] = [limitColumns(before), limitColumns(after)];
  return {
    limitRequests: [was.limitRequests, is.limitRequests],
    limitWindowSeconds: [was.limitWindowSeconds, is.limitWindowSeconds],
  };
}
