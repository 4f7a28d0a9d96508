'use client';

import { CirclePause } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { use, useMemo } from 'react';
import { StreamMenu } from '@/components/streams/stream-menu';
import { Actions } from '@/components/streams/types';
import { useProblemText } from '@/components/streams/use-problem-text';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { Badge } from '@/components/ui/badge';
import { ExactTime, Time } from '@/components/ui/time';
import type { StreamRow } from '@/lib/streams/schema';

const helper = columnsOf<StreamRow>();

/** The columns of the list of streams. Cells are components of their own, so that a menu open inside them stays. */
export function useStreamColumns(): Columns<StreamRow> {
  const t = useTranslations('streams.columns');
  return useMemo(
    () =>
      helper.columns([
        helper.accessor('name', { header: t('name'), meta: { lead: true }, cell: Name }),
        helper.display({ id: 'status', header: t('status'), cell: Status }),
        helper.display({ id: 'lag', header: t('lag'), cell: Lag }),
        helper.display({ id: 'delivered', header: t('delivered'), meta: { from: 'md' }, cell: Delivered }),
        helper.display({ id: 'actions', header: t('actions'), meta: { menu: true }, cell: Menu }),
      ]),
    [t],
  );
}

type Cell = { row: { original: StreamRow } };

function Name({ row: { original: stream } }: Cell) {
  const t = useTranslations('streams');
  const problemText = useProblemText();
  return (
    <div className="min-w-0">
      <p className="truncate font-medium max-sm:whitespace-normal">{stream.name}</p>
      <p className="truncate text-muted text-xs" title={stream.settings.target}>
        {t(`kinds.${stream.kind}`)}
        {stream.kind !== 'stdout' && ` · ${stream.settings.target}`}
        {stream.settings.tls === false && ` · ${t('unencrypted')}`}
      </p>
      {stream.events !== 'everything' && <p className="text-muted text-xs">{t(`sends.${stream.events}.only`)}</p>}
      {stream.oldKeyUntil && (
        <p className="text-muted text-xs">{t.rich('oldKey', { time: () => <ExactTime at={stream.oldKeyUntil as string} /> })}</p>
      )}
      {stream.problem && stream.status !== 'paused' && (
        <p className="mt-0.5 whitespace-normal text-danger text-xs [overflow-wrap:anywhere]">
          {problemText(stream.problem)} {stream.nextTryAt && t.rich('nextTry', { time: () => <Time at={stream.nextTryAt as string} /> })}
        </p>
      )}
    </div>
  );
}

const looks = {
  active: { tone: 'good' },
  failing: { tone: 'danger' },
  paused: { tone: 'neutral', icon: CirclePause },
} as const;

function Status({ row: { original: stream } }: Cell) {
  const t = useTranslations('streams');
  const since = stream.status === 'failing' && stream.failingSince;
  return (
    <div className="grid gap-0.5">
      <Badge {...looks[stream.status]}>{t(`status.${stream.status}`)}</Badge>
      {since && <span className="text-muted text-xs">{t.rich('failingSince', { time: () => <Time at={since} /> })}</span>}
    </div>
  );
}

function Lag({ row: { original: stream } }: Cell) {
  const t = useTranslations('streams.lag');
  const { events, more, since } = stream.lag;
  if (events === 0 || !since) return <span className="text-muted">{t('none')}</span>;
  return (
    <div className="grid gap-0.5">
      <span className="numbers">{t(more ? 'more' : 'events', { count: events })}</span>
      <span className="text-muted text-xs">{t.rich('oldest', { time: () => <Time at={since} /> })}</span>
    </div>
  );
}

function Delivered({ row: { original: stream } }: Cell) {
  const t = useTranslations('streams');
  return stream.deliveredAt ? <Time at={stream.deliveredAt} /> : <span className="text-muted">{t('never')}</span>;
}

function Menu({ row: { original: stream } }: Cell) {
  const actions = use(Actions);
  return actions && <StreamMenu stream={stream} actions={actions} />;
}
