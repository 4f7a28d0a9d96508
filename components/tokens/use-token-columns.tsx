'use client';

import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { RowMenu } from '@/components/tokens/row-menu';
import { TokenStatus } from '@/components/tokens/token-status';
import type { RowAction, TokenRights } from '@/components/tokens/types';
import { Time } from '@/components/ui/time';
import type { TokenRow } from '@/lib/tokens/schema';

const helper = columnsOf<TokenRow>();

/** The columns of the token list; their ids are the names by which the server sorts. */
export function useTokenColumns(rights: TokenRights, onChoose: (kind: RowAction, row: TokenRow) => void): Columns<TokenRow> {
  const t = useTranslations('tokens');
  return useMemo(() => {
    const columns: Columns<TokenRow> = helper.columns([
      helper.accessor('name', {
        id: 'name',
        header: t('columns.name'),
        sortDescFirst: false,
        meta: { lead: true },
        cell: ({ row }) => <Name row={row.original} />,
      }),
      helper.display({ id: 'status', header: t('columns.status'), cell: ({ row }) => <TokenStatus status={row.original.status} /> }),
      helper.accessor('createdAt', {
        id: 'created',
        header: t('columns.created'),
        sortDescFirst: true,
        meta: { from: 'lg' },
        cell: ({ row }) => <Time at={row.original.createdAt} />,
      }),
      helper.accessor('expiresAt', {
        id: 'expires',
        header: t('columns.expires'),
        sortDescFirst: false,
        cell: ({ row }) => <Expires row={row.original} never={t('noExpiration')} />,
      }),
      helper.accessor('lastUsedAt', {
        id: 'last_used',
        header: t('columns.lastUsed'),
        sortDescFirst: true,
        meta: { from: 'md' },
        cell: ({ row }) => <LastUsed row={row.original} never={t('neverUsed')} />,
      }),
    ]);
    if (rights === 'read') return columns;
    const menu = helper.display({
      id: 'actions',
      header: t('columns.actions'),
      meta: { menu: true },
      cell: ({ row }) => <RowMenu row={row.original} rights={rights} onChoose={onChoose} />,
    });
    return [...columns, menu];
  }, [t, rights, onChoose]);
}

function Name({ row }: { row: TokenRow }) {
  return (
    <div className="min-w-0">
      <p className="truncate font-medium max-sm:whitespace-normal" title={row.name}>
        {row.name}
      </p>
      <p className="flex min-w-0 gap-2 text-muted text-xs">
        <span className="shrink-0 font-mono">{row.hint}</span>
        {row.description && (
          <span className="truncate" title={row.description}>
            {row.description}
          </span>
        )}
      </p>
    </div>
  );
}

const warning: Partial<Record<TokenRow['status'], string>> = { expiring: 'font-medium text-caution', expired: 'text-danger' };

function Expires({ row, never }: { row: TokenRow; never: string }) {
  if (!row.expiresAt) return <span className="text-muted">{never}</span>;
  return <Time at={row.expiresAt} className={warning[row.status]} />;
}

function LastUsed({ row, never }: { row: TokenRow; never: string }) {
  if (!row.lastUsedAt) return <span className="text-muted">{never}</span>;
  return (
    <div className="min-w-0">
      <Time at={row.lastUsedAt} />
      {row.lastUsedIp && <p className="truncate font-mono text-muted text-xs">{row.lastUsedIp}</p>}
    </div>
  );
}
