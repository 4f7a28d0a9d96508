'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { Inert } from '@/components/audit/inert';
import { type Columns, DataTable } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { useNavigation } from '@/components/table/use-navigation';
import { Time } from '@/components/ui/time';
import type { OldValue, OldValueUse } from '@/lib/tokens/schema';

const helper = columnsOf<OldValueUse>();

/** The clients that used a value after it was replaced: whom to tell. */
export function OldValueUses({ oldValue: { uses, addresses, moreAddresses, isAlive }, failed }: { oldValue: OldValue; failed: boolean }) {
  const t = useTranslations('tokens.oldValue');
  const navigation = useNavigation();
  const columns = useMemo<Columns<OldValueUse>>(
    () =>
      helper.columns([
        helper.display({ id: 'client', header: t('client'), meta: { lead: true }, cell: Client }),
        helper.display({ id: 'address', header: t('address'), cell: Address }),
        helper.display({ id: 'uses', header: t('count'), meta: { align: 'end' }, cell: Uses }),
        helper.display({ id: 'seen', header: t('lastSeen'), cell: LastSeen }),
      ]),
    [t],
  );
  const left = addresses - new Set(uses.map(({ ip }) => ip)).size;
  return (
    <div className="grid grid-cols-1 gap-2">
      <DataTable
        label={t('uses')}
        columns={columns}
        rows={uses}
        rowId={(row) => `${row.ip} ${row.userAgent}`}
        navigation={navigation}
        empty={<p className="px-2 py-3 text-muted">{t(isAlive ? 'nobodyYet' : 'nobody')}</p>}
      />
      <p className="flex flex-wrap gap-x-2 px-2 text-muted text-sm">
        {left > 0 && <span>{t(moreAddresses ? 'manyAddresses' : 'moreAddresses', { count: left })}</span>}
        {isAlive && <span>{t(failed ? 'stale' : 'live')}</span>}
      </p>
    </div>
  );
}

type Cell = { row: { original: OldValueUse } };

function Client({ row: { original: row } }: Cell) {
  const t = useTranslations('tokens.oldValue');
  if (!row.userAgent) return <span className="text-muted">{t('unknownClient')}</span>;
  return (
    <p className="truncate max-sm:whitespace-normal max-sm:break-words" title={row.userAgent}>
      <Inert text={row.userAgent} />
    </p>
  );
}

function Address({ row: { original: row } }: Cell) {
  const t = useTranslations('tokens.oldValue');
  return <span className={row.ip ? 'font-mono text-sm' : 'text-muted'}>{row.ip ?? t('unknownAddress')}</span>;
}

function Uses({ row: { original: row } }: Cell) {
  const t = useTranslations('tokens.oldValue');
  const format = useFormatter();
  return <span className="numbers">{row.more ? t('atLeast', { count: row.uses }) : format.number(row.uses)}</span>;
}

function LastSeen({ row: { original: row } }: Cell) {
  return <Time at={row.lastSeenAt} />;
}
