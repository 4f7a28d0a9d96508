'use client';

import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useState } from 'react';
import { RefusalExplained } from '@/components/audit/refusal-explained';
import { RelatedEvents } from '@/components/audit/related-events';
import type { AuditActions } from '@/components/audit/types';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { Skeleton } from '@/components/ui/skeleton';
import type { AuditQuery, AuditRow, EventContext as Context } from '@/lib/audit/schema';

type Props = {
  row: AuditRow;
  /** The page of the event's token; null when there is none that this person may see. */
  tokenHref: string | null;
  load: AuditActions['context'];
  /** The log filtered by one value of this event, and nothing else. */
  only: (filter: Partial<AuditQuery>) => string;
  /** The log as it is, with another event's details open. */
  open: (id: string) => string;
};

/** What is read of an event only once somebody looks at it: why it was refused, and what happened around it. */
export function EventContext({ row, tokenHref, load, only, open }: Props) {
  const t = useTranslations('audit.related');
  const c = useTranslations('common');
  const [context, setContext] = useState<Context | 'loading' | 'failed'>('loading');

  const read = useCallback(async () => {
    setContext('loading');
    const result = await load({ id: row.id }).catch(() => null);
    return result?.ok ? result.data : ('failed' as const);
  }, [load, row.id]);

  useEffect(() => {
    let isOver = false;
    read().then((found) => isOver || setContext(found));
    return () => {
      isOver = true;
    };
  }, [read]);

  if (context === 'failed') {
    return (
      <Notice tone="caution" role="alert" className="mt-6">
        {t('failed')}{' '}
        <Button look="ghost" className="-my-1" onClick={async () => setContext(await read())}>
          {c('tryAgain')}
        </Button>
      </Notice>
    );
  }
  if (context === 'loading') return <Skeleton className={row.event === 'token.refused' ? 'mt-6 h-96' : 'mt-6 h-40'} />;
  return (
    <>
      {context.refusal && <RefusalExplained of={context.refusal} row={row} tokenHref={tokenHref} />}
      <RelatedEvents row={row} context={context} only={only} open={open} />
    </>
  );
}
