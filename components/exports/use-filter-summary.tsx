'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useFilterWords } from '@/components/audit/use-filter-words';
import { auditFilterNames } from '@/lib/audit/values';

/** What of the log an export has, in words that lead to it there. */
export function useFilterSummary(query: string): ReactNode {
  const t = useTranslations('audit');
  const words = useFilterWords();
  const params = new URLSearchParams(query);
  const set = auditFilterNames.flatMap((name) => {
    const value = params.get(name);
    return value ? `${t(`filters.${name}`)}: ${words(name, value)}` : [];
  });
  return (
    <Link
      href={query ? `/audit?${query}` : '/audit'}
      prefetch={false}
      className="-my-1 inline-block rounded-sm py-1 underline underline-offset-2"
    >
      {set.length > 0 ? set.join(', ') : t('export.whole')}
    </Link>
  );
}
