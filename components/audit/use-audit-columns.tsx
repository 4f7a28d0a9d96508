'use client';

import { useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { Absent, ActorName, Address, Brief, EventName, LogTime, OutcomeName, TokenName } from '@/components/audit/cells';
import type { AuditColumn } from '@/components/audit/columns';
import { useEventWords } from '@/components/audit/use-event-words';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import type { AuditRow } from '@/lib/audit/schema';
import { usualColumns } from '@/lib/audit/values';

const helper = columnsOf<AuditRow>();

/** The columns of the log. `profiles`: whether people's names lead to their pages. The usual ones make room where it is narrow; chosen ones stay. */
export function useAuditColumns(profiles: boolean, onOpen: (row: AuditRow) => void, shown: readonly AuditColumn[]): Columns<AuditRow> {
  const t = useTranslations('audit.columns');
  const { reason } = useEventWords();
  return useMemo(() => {
    const isUsual = shown === usualColumns;
    const isReasonApart = shown.includes('reason');
    const all = {
      time: helper.display({ id: 'time', header: t('time'), cell: ({ row }) => <LogTime at={row.original.at} /> }),
      actor: helper.display({
        id: 'actor',
        header: t('actor'),
        cell: ({ row }) => (
          <ActorName row={shown.includes('about') ? { ...row.original, target: null } : row.original} profiles={profiles} />
        ),
      }),
      about: helper.display({ id: 'about', header: t('about'), cell: ({ row }) => <Brief text={row.original.target?.name} /> }),
      token: helper.display({
        id: 'token',
        header: t('token'),
        meta: isUsual ? { from: 'md' } : {},
        cell: ({ row }) => <TokenName token={row.original.token} />,
      }),
      outcome: helper.display({
        id: 'outcome',
        header: t('outcome'),
        cell: ({ row }) => <OutcomeName row={isReasonApart ? { ...row.original, reason: null } : row.original} />,
      }),
      reason: helper.display({ id: 'reason', header: t('reason'), cell: ({ row }) => reason(row.original) ?? <Absent /> }),
      ip: helper.display({
        id: 'ip',
        header: t('ip'),
        meta: isUsual ? { from: 'lg' } : {},
        cell: ({ row }) => <Address ip={row.original.ip} />,
      }),
      request: helper.display({ id: 'request', header: t('request'), cell: ({ row }) => <Brief text={row.original.request} code /> }),
      scopes: helper.display({ id: 'scopes', header: t('scopes'), cell: ({ row }) => <Brief text={row.original.scopes.join(' ')} code /> }),
      userAgent: helper.display({ id: 'userAgent', header: t('userAgent'), cell: ({ row }) => <Brief text={row.original.userAgent} /> }),
      requestId: helper.display({
        id: 'requestId',
        header: t('requestId'),
        cell: ({ row }) => <Brief text={row.original.requestId} code />,
      }),
    };
    const event = helper.display({
      id: 'event',
      header: t('event'),
      meta: { lead: 'whole' },
      cell: ({ row }) => <EventName row={row.original} onOpen={onOpen} />,
    });
    const chosen = shown.map((name) => all[name]);
    return helper.columns(shown[0] === 'time' ? [chosen[0] as typeof event, event, ...chosen.slice(1)] : [event, ...chosen]);
  }, [t, reason, profiles, onOpen, shown]);
}
