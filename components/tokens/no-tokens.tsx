'use client';

import { KeyRound, SearchX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ComponentProps } from 'react';
import { ButtonLink } from '@/components/ui/button-link';
import { EmptyState } from '@/components/ui/states';
import type { TokenFilters } from '@/lib/tokens/schema';

type Props = { all: number; owner: string | null; filters: TokenFilters; clear: ComponentProps<typeof ButtonLink> };

/** Why the list is empty: nothing was generated yet, or the filters are too narrow, and which. */
export function NoTokens({ all, owner, filters, clear }: Props) {
  const t = useTranslations('tokens');
  const statusName = useTranslations('token.status');
  if (all > 0) {
    return (
      <EmptyState icon={SearchX} title={t('none.title')} action={<ButtonLink {...clear}>{t('none.clear')}</ButtonLink>}>
        {t(`none.${reason(filters)}`, { text: filters.q, status: statusName(filters.status) })}
      </EmptyState>
    );
  }
  if (owner) {
    return (
      <EmptyState icon={KeyRound} title={t('emptyOther.title')}>
        {t('emptyOther.body', { name: owner })}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={KeyRound} title={t('empty.title')}>
      <p>{t('empty.body')}</p>
      <ol className="mx-auto mt-4 grid w-fit list-inside list-decimal gap-1 text-left marker:text-faint">
        <li>{t('empty.step1')}</li>
        <li>{t('empty.step2')}</li>
        <li>{t('empty.step3')}</li>
      </ol>
    </EmptyState>
  );
}

function reason({ q, status }: TokenFilters): 'search' | 'status' | 'both' {
  if (status === 'all') return 'search';
  return q === '' ? 'status' : 'both';
}
