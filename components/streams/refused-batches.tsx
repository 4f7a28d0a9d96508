'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { SendDialog } from '@/components/streams/send-dialog';
import type { StreamActions } from '@/components/streams/types';
import { useProblemText } from '@/components/streams/use-problem-text';
import { Button } from '@/components/ui/button';
import { FormDialog } from '@/components/ui/form-dialog';
import { Time } from '@/components/ui/time';
import { notify } from '@/components/ui/toast';
import type { RefusedBatch } from '@/lib/streams/schema';

type Props = { batches: RefusedBatch[]; actions: StreamActions | null };

/** Batches that a target would not take, to be sent again or given up. */
export function RefusedBatches({ batches, actions }: Props) {
  const t = useTranslations('streams.refused');
  return (
    <section aria-labelledby="refused-batches" className="mt-10 grid gap-4">
      <header className="grid gap-1">
        <h2 id="refused-batches" className="font-semibold text-lg">
          {t('title')}
        </h2>
        <p className="max-w-[68ch] text-pretty text-muted">{t('description')}</p>
      </header>
      <ul className="border-line border-t">
        {batches.map((batch) => (
          <li key={batch.id} className="flex flex-wrap items-center gap-x-6 gap-y-2 border-line border-b px-2 py-3">
            <div className="min-w-0 grow basis-60">
              <p className="font-medium [overflow-wrap:anywhere]">{t('batch', { name: batch.streamName, count: batch.events })}</p>
              <Reason batch={batch} />
            </div>
            {actions && <BatchActions batch={batch} actions={actions} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Reason({ batch }: { batch: RefusedBatch }) {
  const problemText = useProblemText();
  return (
    <p className="text-muted text-xs">
      <Time at={batch.at} /> · {problemText(batch.problem)}
    </p>
  );
}

function BatchActions({ batch, actions }: { batch: RefusedBatch; actions: StreamActions }) {
  const t = useTranslations('streams');
  const [open, setOpen] = useState<'resend' | 'discard' | null>(null);
  const { id, streamName: name } = batch;
  const close = () => setOpen(null);
  return (
    <div className="flex gap-2">
      <Button onClick={() => setOpen('resend')}>{t('resend.confirm')}</Button>
      <Button onClick={() => setOpen('discard')}>{t('discard.confirm')}</Button>
      {open === 'resend' && <SendDialog words="resend" name={name} send={() => actions.resend({ id })} onClose={close} />}
      {open === 'discard' && (
        <FormDialog
          title={t('discard.title', { count: batch.events })}
          description={t('discard.description', { name })}
          confirm={t('discard.confirm')}
          danger
          submit={() => actions.discard({ id })}
          onDone={() => {
            notify(t('discard.done'));
            close();
          }}
          onClose={close}
        />
      )}
    </div>
  );
}
