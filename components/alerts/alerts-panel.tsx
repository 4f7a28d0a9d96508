'use client';

import { BellRing, SearchX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { type Acknowledge, Looker } from '@/components/alerts/types';
import { useAlertColumns } from '@/components/alerts/use-alert-columns';
import { PageHeader } from '@/components/shell/page-header';
import { DataTable } from '@/components/table/data-table';
import { ClearFilters, FilterBar, FilterSelect } from '@/components/table/filters';
import { Pager } from '@/components/table/pager';
import { useNavigation } from '@/components/table/use-navigation';
import { ButtonLink } from '@/components/ui/button-link';
import { EmptyState } from '@/components/ui/states';
import type { AlertFilters, AlertRow } from '@/lib/alerts/schema';
import { alertStates, ruleNames } from '@/lib/alerts/values';
import { hrefOf } from '@/lib/url';

type Props = {
  rows: AlertRow[];
  /** How many fit the filters, and how many there are in all. */
  total: number;
  all: number;
  perPage: number;
  filters: AlertFilters;
  defaults: AlertFilters;
  path: string;
  /** Sees everybody’s. */
  isOverseer: boolean;
  acknowledge: Acknowledge;
};

/** The alerts, open ones first. What it shows is in the URL. */
export function AlertsPanel({ rows, total, all, perPage, filters, defaults, path, isOverseer, acknowledge }: Props) {
  const t = useTranslations('alerts');
  const navigation = useNavigation();
  const columns = useAlertColumns();
  const looker = useMemo(() => ({ isOverseer, acknowledge }), [isOverseer, acknowledge]);
  const href = (change: Partial<AlertFilters>) => hrefOf(path, { ...filters, page: 1, ...change }, defaults);
  const isFiltered = filters.state !== 'all' || filters.rule !== 'all' || filters.token !== '';
  const showAll = <ButtonLink {...navigation.link(path)}>{t('none.clear')}</ButtonLink>;
  return (
    <section aria-label={t('title')}>
      <PageHeader title={t('title')} description={t(isOverseer ? 'description' : 'descriptionOwn')} />
      {(all > 0 || isFiltered) && (
        <FilterBar>
          <FilterSelect
            label={t('filters.state')}
            value={filters.state}
            onChoose={(state) => navigation.go(href({ state: state as AlertFilters['state'] }))}
          >
            <option value="all">{t('filters.all')}</option>
            {alertStates.map((state) => (
              <option key={state} value={state}>
                {t(`states.${state}`)}
              </option>
            ))}
          </FilterSelect>
          <FilterSelect
            label={t('filters.rule')}
            value={filters.rule}
            onChoose={(rule) => navigation.go(href({ rule: rule as AlertFilters['rule'] }))}
          >
            <option value="all">{t('filters.all')}</option>
            {ruleNames.map((rule) => (
              <option key={rule} value={rule}>
                {t(`rules.${rule}.title`)}
              </option>
            ))}
          </FilterSelect>
          {filters.token !== '' && <p className="text-muted">{t('onlyToken')}</p>}
          {isFiltered && <ClearFilters onClear={() => navigation.go(path)} />}
        </FilterBar>
      )}
      <Looker value={looker}>
        <DataTable
          label={t('title')}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          navigation={navigation}
          empty={
            isFiltered ? (
              <EmptyState icon={SearchX} title={t('none.filtered')} action={showAll}>
                {t('none.filteredBody')}
              </EmptyState>
            ) : (
              <EmptyState icon={BellRing} title={t('none.title')}>
                {t('none.body')}
              </EmptyState>
            )
          }
        />
      </Looker>
      <Pager page={filters.page} perPage={perPage} total={total} href={(page) => href({ page })} navigation={navigation} />
    </section>
  );
}
