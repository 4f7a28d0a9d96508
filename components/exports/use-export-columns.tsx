'use client';

import { Ban, Clock, Download, Trash2 } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { createContext, use, useMemo } from 'react';
import { type Decision, isUnderWay } from '@/components/exports/types';
import { useFilterSummary } from '@/components/exports/use-filter-summary';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { IconButton } from '@/components/ui/icon-button';
import { Progress } from '@/components/ui/progress';
import { Time } from '@/components/ui/time';
import type { ExportRow } from '@/lib/audit/exports/schema';

const helper = columnsOf<ExportRow>();

/** What the cells need to know of their list: whether it could be looked at just now, and whom to tell of a decision. */
export const List = createContext<{ isUnsure: boolean; decide: (row: ExportRow, decision: Decision) => void }>({
  isUnsure: false,
  decide: () => {},
});

/** The columns of the list of exports. */
export function useExportColumns(): Columns<ExportRow> {
  const t = useTranslations('exports.columns');
  return useMemo(
    () =>
      helper.columns([
        helper.accessor('fileName', { header: t('file'), meta: { lead: true }, cell: File }),
        helper.display({ id: 'state', header: t('state'), cell: State }),
        helper.display({ id: 'asked', header: t('asked'), meta: { from: 'lg' }, cell: Asked }),
        helper.display({ id: 'actions', header: t('actions'), cell: Actions }),
      ]),
    [t],
  );
}

type Cell = { row: { original: ExportRow } };

function File({ row: { original: row } }: Cell) {
  const summary = useFilterSummary(row.query);
  const t = useTranslations('audit.export.formats');
  return (
    <div className="grid min-w-0 gap-0.5 whitespace-normal py-1.5 wrap-anywhere">
      <p className="font-medium">{row.fileName}</p>
      <p className="text-muted text-xs">
        {t(row.format)} · {summary}
      </p>
    </div>
  );
}

const looks = {
  queued: { tone: 'neutral', icon: Clock },
  done: { tone: 'good' },
  failed: { tone: 'danger' },
  cancelled: { tone: 'neutral', icon: Ban },
} as const;

function State({ row: { original: row } }: Cell) {
  const t = useTranslations('exports');
  const size = useSize();
  const { state, reason, done, expiresAt } = row;
  if (state === 'running') return <HowFar row={row} />;
  return (
    <div className="grid gap-0.5 py-1.5 sm:w-64">
      <Badge {...looks[state]}>{t(`states.${state}`)}</Badge>
      {state === 'done' && (
        <span className="numbers whitespace-normal text-muted text-xs">
          {t('events', { count: done })} · {size(row.size)}
          {expiresAt && <> · {t.rich('expires', { time: () => <Time at={expiresAt} /> })}</>}
        </span>
      )}
      {state === 'failed' && (
        <span className="whitespace-normal text-pretty text-muted text-xs">
          {t(reason === 'too_large' || reason === 'revoked' ? `reasons.${reason}` : 'reasons.failed')}
        </span>
      )}
    </div>
  );
}

function HowFar({ row: { done, total } }: { row: ExportRow }) {
  const t = useTranslations('exports');
  const { isUnsure } = use(List);
  const words = isUnsure ? t('unknown') : total === null ? t('events', { count: done }) : t('progress', { done, total });
  return (
    <div className="grid w-full gap-1 py-1.5 sm:w-64">
      {total === null ? (
        <Badge tone="info">{t('states.running')}</Badge>
      ) : (
        <Progress label={t('states.running')} done={done} total={total} words={words} />
      )}
      <p className="numbers text-muted text-xs">{words}</p>
    </div>
  );
}

function Asked({ row: { original: row } }: Cell) {
  return <Time at={row.askedAt} />;
}

function Actions({ row: { original: row } }: Cell) {
  const t = useTranslations('exports');
  const { decide } = use(List);
  if (isUnderWay(row)) {
    return (
      <Button id={`export-${row.id}-cancel`} aria-label={t('cancel.of', { name: row.fileName })} onClick={() => decide(row, 'cancel')}>
        {t('cancel.action')}
      </Button>
    );
  }
  return (
    <div className="flex items-center gap-1">
      {row.state === 'done' && (
        // The browser fetches it as it does any file; being recorded, it is posted.
        <form method="post" action={`/api/audit/exports/${row.id}`}>
          <Button type="submit" aria-label={t('downloadOf', { name: row.fileName })}>
            <Icon of={Download} />
            {t('download')}
          </Button>
        </form>
      )}
      <IconButton
        id={`export-${row.id}-delete`}
        icon={Trash2}
        label={t('delete.of', { name: row.fileName })}
        className={row.state === 'done' ? undefined : '-ml-2'}
        onClick={() => decide(row, 'delete')}
      />
    </div>
  );
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** Bytes in a unit that fits. */
function useSize(): (bytes: number) => string {
  const format = useFormatter();
  return (bytes) => {
    const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
    return format.number(bytes / 1000 ** step, { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: 1 });
  };
}
