import type { UsageRange } from '@/lib/usage/schema';

const ranges = { '24h': '1d', '7d': '7d', '30d': '30d', '90d': '' } as const satisfies Record<UsageRange, string>;

/** The log of refused requests, of one token or of all, as far back as the chart beside it where the log has such a range. */
export function refusalsIn(range: UsageRange, token?: string): string {
  const params = new URLSearchParams({ event: 'token.refused', ...(token && { token }), ...(ranges[range] && { range: ranges[range] }) });
  return `/audit?${params}`;
}
