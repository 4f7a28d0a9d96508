'use client';

import { useTranslations } from 'next-intl';
import type { Access } from '@/components/tokens/access';
import { windowName } from '@/components/tokens/limit';
import type { TokenLimit, TokenQuota } from '@/lib/tokens/schema';

// As much of a list as a tip has room for.
const SHOWN = 6;

/** A limit in words: "100 per minute". */
export function useLimitWords(): (limit: TokenLimit) => string {
  const t = useTranslations('access');
  return (limit) => t('limitWords', { count: limit.requests, per: t(`per.${windowName(limit)}`) });
}

/** A quota in words: "10,000 per month". */
export function useQuotaWords(): (quota: TokenQuota) => string {
  const t = useTranslations('access');
  return (quota) => t('limitWords', { count: quota.requests, per: t(`per.${quota.period}`) });
}

/** How many scopes and addresses, and how often, in words: "2 scopes, any address, no limit". */
export function useAccessWords(): (access: Access) => string {
  const t = useTranslations('access');
  const limitWords = useLimitWords();
  const quotaWords = useQuotaWords();
  return ({ scopes, ipAllowList, limit, quota }) =>
    t('all', {
      scopes: t('scopeCount', { count: scopes.length }),
      addresses: t('addressCount', { count: ipAllowList.length }),
      limit: limit || quota ? [limit && limitWords(limit), quota && quotaWords(quota)].filter(Boolean).join(', ') : t('noLimit'),
    });
}

/** As much of a key's thumbprint as tells it from others. */
export function shortPrint(thumbprint: string): string {
  return `${thumbprint.slice(0, 8)}…`;
}

/** What a token is narrowed to, in a few quiet words that tell the rest on hover and focus; nothing for one that is not. */
export function AccessSummary({ scopes, ipAllowList, limit, quota, boundThumbprint }: Access & { boundThumbprint: string | null }) {
  const t = useTranslations('access');
  const limitWords = useLimitWords();
  const quotaWords = useQuotaWords();
  if (scopes.length === 0 && ipAllowList.length === 0 && !limit && !quota && !boundThumbprint) return null;
  const words = [
    scopes.length > 0 && t('scopeCount', { count: scopes.length }),
    ipAllowList.length > 0 && t('addressCount', { count: ipAllowList.length }),
    limit && limitWords(limit),
    quota && quotaWords(quota),
    boundThumbprint && t('boundTo', { key: shortPrint(boundThumbprint) }),
  ];
  const list = (texts: string[]) => [
    ...texts.slice(0, SHOWN),
    ...(texts.length > SHOWN ? [t('andMore', { count: texts.length - SHOWN })] : []),
  ];
  const all = [
    list(scopes),
    list(ipAllowList),
    limit ? [`${t('limit')}: ${limitWords(limit)}`] : [],
    quota ? [`${t('quota')}: ${quotaWords(quota)}`] : [],
    boundThumbprint ? [t('boundTo', { key: boundThumbprint })] : [],
  ]
    .filter((texts) => texts.length > 0)
    .map((texts) => texts.join(', '));
  return (
    <button
      type="button"
      data-tip={all.join(' · ')}
      aria-description={all.join(' · ')}
      className="-mb-1 shrink-0 cursor-default rounded-sm pb-1 text-left"
    >
      {words.filter(Boolean).join(' · ')}
    </button>
  );
}
