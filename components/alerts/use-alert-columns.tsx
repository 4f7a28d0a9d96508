'use client';

import { CircleCheck, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import { use, useMemo, useState } from 'react';
import { AcknowledgeDialog } from '@/components/alerts/acknowledge-dialog';
import { Looker } from '@/components/alerts/types';
import { useAlertWords } from '@/components/alerts/use-alert-words';
import type { Columns } from '@/components/table/data-table';
import { columnsOf } from '@/components/table/features';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Time } from '@/components/ui/time';
import { eventsOf } from '@/lib/alerts/log-link';
import type { AlertRow } from '@/lib/alerts/schema';

const helper = columnsOf<AlertRow>();

/** The columns of the list of alerts. Cells are components of their own, so that a dialog open inside them stays. */
export function useAlertColumns(): Columns<AlertRow> {
  const t = useTranslations('alerts.columns');
  return useMemo(
    () =>
      helper.columns([
        helper.display({ id: 'alert', header: t('alert'), meta: { lead: true }, cell: What }),
        helper.display({ id: 'requests', header: t('requests'), meta: { align: 'end' }, cell: Requests }),
        helper.display({ id: 'last', header: t('last'), cell: Seen }),
        helper.display({ id: 'state', header: t('state'), cell: State }),
      ]),
    [t],
  );
}

type Cell = { row: { original: AlertRow } };

function What({ row: { original: alert } }: Cell) {
  const t = useTranslations('alerts');
  const words = useAlertWords();
  const { token, owner, suspendedAt, acknowledged } = alert;
  const { isOverseer } = use(Looker);
  return (
    <div className="grid min-w-0 gap-0.5 whitespace-normal py-1.5 [overflow-wrap:anywhere]">
      <p className="font-medium">
        {t(`rules.${alert.rule}.title`)}
        {token && (
          <>
            {' · '}
            <Link
              href={`/tokens/${token.id}`}
              prefetch={false}
              className="-my-0.5 inline-block rounded-sm py-0.5 underline-offset-4 hover:underline"
            >
              {token.name}
            </Link>
          </>
        )}
        {token && (
          <span className="font-normal text-muted text-xs">
            {isOverseer && owner && ` ${t('ownedBy', { name: owner.name })}`}
            {token.deleted && ` · ${t('deletedToken')}`}
          </span>
        )}
      </p>
      <p className="text-pretty">
        {words(alert)} {suspendedAt && <strong className="font-medium">{t('suspended')}</strong>}
      </p>
      {acknowledged?.note && <p className="whitespace-pre-line text-muted text-sm">“{acknowledged.note}”</p>}
    </div>
  );
}

function Requests({ row: { original: alert } }: Cell) {
  const t = useTranslations('alerts');
  const format = useFormatter();
  return (
    <div className="grid gap-0.5 sm:justify-items-end">
      <span className="numbers">{format.number(alert.requests)}</span>
      <Link
        href={eventsOf(alert)}
        prefetch={false}
        className="-mb-1 rounded-sm py-1 text-muted text-xs underline underline-offset-4 hover:text-ink"
      >
        {t('events')}
      </Link>
    </div>
  );
}

function Seen({ row: { original: alert } }: Cell) {
  const t = useTranslations('alerts');
  return (
    <div className="grid">
      <Time at={alert.lastAt} className="justify-self-start py-0.5" />
      {alert.firstAt !== alert.lastAt && (
        <span className="text-muted text-xs">{t.rich('since', { time: () => <Time at={alert.firstAt} className="py-1" /> })}</span>
      )}
    </div>
  );
}

function State({ row: { original: alert } }: Cell) {
  const t = useTranslations('alerts');
  const { acknowledge } = use(Looker);
  const [isOpen, setOpen] = useState(false);
  const { acknowledged, canAcknowledge } = alert;
  if (acknowledged) {
    return (
      <div className="grid gap-0.5">
        <Badge tone="neutral" icon={CircleCheck}>
          {t('states.acknowledged')}
        </Badge>
        <span className="whitespace-normal text-muted text-xs">
          {t.rich('acknowledged', { name: acknowledged.by, time: () => <Time at={acknowledged.at} className="py-1" /> })}
        </span>
      </div>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Badge tone="caution" icon={TriangleAlert}>
        {t('states.open')}
      </Badge>
      {canAcknowledge && acknowledge && <Button onClick={() => setOpen(true)}>{t('acknowledge.action')}</Button>}
      {isOpen && acknowledge && <AcknowledgeDialog alert={alert} acknowledge={acknowledge} onClose={() => setOpen(false)} />}
    </div>
  );
}
