'use client';

import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { ActorName, Address, EventName, LogTime, OutcomeName, TokenName } from '@/components/audit/cells';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import type { AuditRow } from '@/lib/audit/schema';

const helper = columnsOf<AuditRow>();

/** The columns of the log. `profiles`: whether people's names lead to their pages. */
export function useAuditColumns(profiles: boolean, onOpen: (row: AuditRow) => void): Columns<AuditRow> {
  const t = useTranslations('audit.columns');
  return useMemo(
    () =>
      helper.columns([
        helper.display({ id: 'time', header: t('time'), cell: ({ row }) => <LogTime at={row.original.at} /> }),
        helper.display({
          id: 'event',
          header: t('event'),
          meta: { lead: 'whole' },
          cell: ({ row }) => <EventName row={row.original} onOpen={onOpen} />,
        }),
        helper.display({ id: 'actor', header: t('actor'), cell: ({ row }) => <ActorName row={row.original} profiles={profiles} /> }),
        helper.display({
          id: 'token',
          header: t('token'),
          meta: { from: 'md' },
          cell: ({ row }) => <TokenName token={row.original.token} />,
        }),
        helper.display({ id: 'outcome', header: t('outcome'), cell: ({ row }) => <OutcomeName row={row.original} /> }),
        helper.display({ id: 'ip', header: t('ip'), meta: { from: 'lg' }, cell: ({ row }) => <Address ip={row.original.ip} /> }),
      ]),
    [t, profiles, onOpen],
  );
}
