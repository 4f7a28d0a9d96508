'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { use, useMemo } from 'react';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { AccessSummary } from '@/components/tokens/access-summary';
import { OldValueNote } from '@/components/tokens/old-value-note';
import { RowActions } from '@/components/tokens/row-actions';
import { LogLink, RowMenu } from '@/components/tokens/row-menu';
import { TokenStatus } from '@/components/tokens/token-status';
import { Time } from '@/components/ui/time';
import { Sparkline, TokenWeeks } from '@/components/usage/sparkline';
import type { TokenRow } from '@/lib/tokens/schema';

const helper = columnsOf<TokenRow>();

/**
 * The columns of the token list; their ids are the names by which the server sorts. Cells are components of their own,
 * not functions made here: those would be new ones at each render, and the focus inside them lost.
 */
export function useTokenColumns(): Columns<TokenRow> {
  const t = useTranslations('tokens.columns');
  const week = useTranslations('usage.week')('column');
  return useMemo(
    () =>
      helper.columns([
        helper.accessor('name', { id: 'name', header: t('name'), sortDescFirst: false, meta: { lead: true }, cell: Name }),
        helper.display({ id: 'status', header: t('status'), cell: Status }),
        helper.accessor('createdAt', { id: 'created', header: t('created'), sortDescFirst: true, meta: { from: 'lg' }, cell: Created }),
        helper.accessor('expiresAt', { id: 'expires', header: t('expires'), sortDescFirst: false, cell: Expires }),
        helper.accessor('lastUsedAt', {
          id: 'last_used',
          header: t('lastUsed'),
          sortDescFirst: true,
          meta: { from: 'md' },
          cell: LastUsed,
        }),
        helper.display({ id: 'usage', header: week, meta: { from: 'lg' }, cell: Week }),
        helper.display({ id: 'actions', header: t('actions'), meta: { menu: true }, cell: Actions }),
      ]),
    [t, week],
  );
}

type Cell = { row: { original: TokenRow } };

function Name({ row: { original: row } }: Cell) {
  return (
    <div className="min-w-0">
      <p className="truncate font-medium max-sm:whitespace-normal" title={row.name}>
        <Link
          href={`/tokens/${row.id}`}
          prefetch={false}
          className="-mt-1 inline-block max-w-full truncate rounded-sm pt-1 align-bottom underline-offset-4 hover:underline max-sm:whitespace-normal"
        >
          {row.name}
        </Link>
      </p>
      <p className="flex min-w-0 gap-2 text-muted text-xs leading-5">
        <span className="shrink-0 font-mono">{row.hint}</span>
        <AccessSummary
          scopes={row.scopes}
          ipAllowList={row.ipAllowList}
          limit={row.limit}
          quota={row.quota}
          boundThumbprint={row.boundThumbprint}
        />
        {row.description && (
          <span className="truncate" title={row.description}>
            {row.description}
          </span>
        )}
      </p>
    </div>
  );
}

function Status({ row: { original: row } }: Cell) {
  return (
    <div className="grid justify-items-start">
      <TokenStatus status={row.status} reason={row.suspendedReason} />
      <OldValueNote row={row} />
    </div>
  );
}

function Created({ row: { original: row } }: Cell) {
  return <Time at={row.createdAt} />;
}

function Actions({ row: { original: row } }: Cell) {
  const { rights, onChoose } = use(RowActions);
  return rights === 'read' ? <LogLink row={row} /> : <RowMenu row={row} rights={rights} onChoose={onChoose} />;
}

const warning: Partial<Record<TokenRow['status'], string>> = { expiring: 'font-medium text-caution', expired: 'text-danger' };

function Expires({ row: { original: row } }: Cell) {
  const t = useTranslations('tokens');
  if (!row.expiresAt) return <span className="text-muted">{t('noExpiration')}</span>;
  return <Time at={row.expiresAt} className={warning[row.status]} />;
}

function Week({ row: { original: row } }: Cell) {
  return <Sparkline week={use(TokenWeeks)[row.id]} />;
}

function LastUsed({ row: { original: row } }: Cell) {
  const t = useTranslations('tokens');
  if (!row.lastUsedAt) return <span className="text-muted">{t('neverUsed')}</span>;
  return (
    <div className="min-w-0">
      <Time at={row.lastUsedAt} />
      {row.lastUsedIp && <p className="truncate font-mono text-muted text-xs">{row.lastUsedIp}</p>}
    </div>
  );
}
