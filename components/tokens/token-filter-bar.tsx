'use client';

import { useTranslations } from 'next-intl';
import { ClearFilters, FilterBar, FilterSelect, SearchBox } from '@/components/table/filters';
import type { Navigation } from '@/components/table/use-navigation';
import type { TokenFilters } from '@/lib/tokens/schema';

const statuses = ['all', 'active', 'expiring', 'expired', 'suspended'] as const;

type Props = {
  filters: TokenFilters;
  defaults: TokenFilters;
  href: (change: Partial<TokenFilters>) => string;
  navigation: Navigation;
};

export function TokenFilterBar({ filters, defaults, href, navigation }: Props) {
  const t = useTranslations('tokens');
  const statusName = useTranslations('token.status');
  const filtered = filters.q !== defaults.q || filters.status !== defaults.status;
  return (
    <FilterBar>
      <SearchBox label={t('search')} value={filters.q} href={(q) => href({ q })} navigation={navigation} />
      <FilterSelect
        label={statusName('label')}
        value={filters.status}
        onChoose={(status) => navigation.go(href({ status: status as TokenFilters['status'] }))}
      >
        {statuses.map((status) => (
          <option key={status} value={status}>
            {statusName(status)}
          </option>
        ))}
      </FilterSelect>
      {filtered && <ClearFilters onClear={() => navigation.go(href({ q: defaults.q, status: defaults.status }))} />}
    </FilterBar>
  );
}
