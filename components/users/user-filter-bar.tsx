'use client';

import { useTranslations } from 'next-intl';
import { ClearFilters, FilterBar, FilterSelect, SearchBox } from '@/components/table/filters';
import type { Navigation } from '@/components/table/use-navigation';
import type { UserFilters } from '@/lib/users/schema';

const selections = ['all', 'admin', 'auditor', 'member', 'invited', 'disabled'] as const;

type Props = {
  filters: UserFilters;
  defaults: UserFilters;
  href: (change: Partial<UserFilters>) => string;
  navigation: Navigation;
};

export function UserFilterBar({ filters, defaults, href, navigation }: Props) {
  const t = useTranslations('users');
  const filtered = filters.q !== defaults.q || filters.show !== defaults.show;
  return (
    <FilterBar>
      <SearchBox label={t('search')} value={filters.q} href={(q) => href({ q })} navigation={navigation} />
      <FilterSelect
        label={t('show.label')}
        value={filters.show}
        onChoose={(show) => navigation.go(href({ show: show as UserFilters['show'] }))}
      >
        {selections.map((value) => (
          <option key={value} value={value}>
            {t(`show.${value}`)}
          </option>
        ))}
      </FilterSelect>
      {filtered && <ClearFilters onClear={() => navigation.go(href({ q: defaults.q, show: defaults.show }))} />}
    </FilterBar>
  );
}
