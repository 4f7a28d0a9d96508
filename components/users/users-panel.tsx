'use client';

import { SearchX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { PageHeader } from '@/components/shell/page-header';
import { DataTable } from '@/components/table/data-table';
import { Pager } from '@/components/table/pager';
import { useNavigation } from '@/components/table/use-navigation';
import { ButtonLink } from '@/components/ui/button-link';
import { EmptyState } from '@/components/ui/states';
import { AddUser } from '@/components/users/add-user';
import type { UserActions } from '@/components/users/types';
import { useUserColumns } from '@/components/users/use-user-columns';
import { UserFilterBar } from '@/components/users/user-filter-bar';
import { Viewer } from '@/components/users/viewer';
import { hrefOf } from '@/lib/url';
import type { UserFilters, UserRow } from '@/lib/users/schema';

type Props = {
  rows: UserRow[];
  /** How many fit the filters, and how many there are in all. */
  total: number;
  all: number;
  perPage: number;
  filters: UserFilters;
  defaults: UserFilters;
  path: string;
  viewerId: string;
  /** For those who may change something. */
  actions: UserActions | null;
};

/** The list of users and what administrators do with them. What it shows is in the URL. */
export function UsersPanel({ rows, total, all, perPage, filters, defaults, path, viewerId, actions }: Props) {
  const t = useTranslations('users');
  const navigation = useNavigation();
  const columns = useUserColumns();
  const viewer = useMemo(() => ({ id: viewerId, actions }), [viewerId, actions]);
  const href = (change: Partial<UserFilters>) => hrefOf(path, { ...filters, page: 1, ...change }, defaults);
  return (
    <>
      <PageHeader title={t('title')} description={t('description', { count: all })} actions={actions && <AddUser add={actions.add} />} />
      <UserFilterBar filters={filters} defaults={defaults} href={href} navigation={navigation} />
      <Viewer value={viewer}>
        <DataTable
          label={t('title')}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          sort={{ by: filters.sort, dir: filters.dir, href: (sort, dir) => href({ sort: sort as UserFilters['sort'], dir }) }}
          navigation={navigation}
          empty={
            <EmptyState
              icon={SearchX}
              title={t('none.title')}
              action={<ButtonLink {...navigation.link(path)}>{t('none.clear')}</ButtonLink>}
            >
              {filters.q === '' ? t('none.show', { show: t(`show.${filters.show}`) }) : t('none.search', { text: filters.q })}
            </EmptyState>
          }
        />
      </Viewer>
      <Pager page={filters.page} perPage={perPage} total={total} href={(page) => href({ page })} navigation={navigation} />
    </>
  );
}
