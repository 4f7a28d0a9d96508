import { readLimit, readQuota } from '@/components/tokens/limit';
import { readList } from '@/components/ui/read-list';
import type { ActionError } from '@/lib/action';
import type { TokenLimit, TokenQuota } from '@/lib/tokens/schema';

/** What a token may be used for, from where and how often, as its fields hold it. */
export type Access = { scopes: string[]; ipAllowList: string[]; limit: TokenLimit | null; quota: TokenQuota | null };

/** The server knows the same, and says more. */
const MOST = 50;
// Longer than any scope or network: it is refused, and named, just as well without its rest.
const LONGEST = 100;

/** What a form asks for, or the refusal that they deserve before they are sent. */
export function readAccess(fields: FormData): { value: Access } | { error: ActionError } {
  const [scopes, ipAllowList] = (['scopes', 'ipAllowList'] as const).map((name) => readList(fields, name)) as [string[], string[]];
  const long = scopes.length > MOST ? 'scopes' : ipAllowList.length > MOST ? 'ipAllowList' : undefined;
  if (long) return { error: { code: 'invalid_input', field: long, rule: 'too_many', values: { most: MOST } } };
  const limit = readLimit(fields);
  if ('error' in limit) return limit;
  const quota = readQuota(fields);
  if ('error' in quota) return quota;
  const short = (texts: string[]) => texts.map((text) => text.slice(0, LONGEST));
  return { value: { scopes: short(scopes), ipAllowList: short(ipAllowList), limit: limit.value, quota: quota.value } };
}

/** What of `next` differs: somebody else's change of the rest, made meanwhile, stays. */
export function changedAccess(before: Access, next: Access): Partial<Access> {
  const isSame = (one: string[], other: string[]) => one.length === other.length && one.every((text) => other.includes(text));
  return {
    ...(!isSame(before.scopes, next.scopes) && { scopes: next.scopes }),
    ...(!isSame(before.ipAllowList, next.ipAllowList) && { ipAllowList: next.ipAllowList }),
    ...(!isSameLimit(before.limit, next.limit) && { limit: next.limit }),
    ...(!isSameQuota(before.quota, next.quota) && { quota: next.quota }),
  };
}

function isSameLimit(one: TokenLimit | null, other: TokenLimit | null): boolean {
  return one?.requests === other?.requests && one?.windowSeconds === other?.windowSeconds;
}

function isSameQuota(one: TokenQuota | null, other: TokenQuota | null): boolean {
  return one?.requests === other?.requests && one?.period === other?.period;
}

/**
 * Those of a list's networks that hold a large part of the internet: wider than the widest that somebody has to themselves, a /8 of IPv4 or a
 * /16 of IPv6. (IPv6 addresses that begin with f are not of the internet.)
 */
export function wideNetworks(networks: readonly string[]): string[] {
  return networks.filter((text) => {
    const [, address = '', bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
    if (bits === undefined) return false;
    return address.includes(':') ? Number(bits) < 16 && !/^f/i.test(address) : Number(bits) < 8;
  });
}
