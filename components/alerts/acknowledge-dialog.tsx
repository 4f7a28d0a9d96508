'use client';

import { useTranslations } from 'next-intl';
import type { Acknowledge } from '@/components/alerts/types';
import { useAlertWords } from '@/components/alerts/use-alert-words';
import { Textarea } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';
import type { AlertRow } from '@/lib/alerts/schema';

type Props = { alert: AlertRow; acknowledge: Acknowledge; onClose: () => void };

/** Closes an alert, with a note on what it was. */
export function AcknowledgeDialog({ alert, acknowledge, onClose }: Props) {
  const t = useTranslations('alerts.acknowledge');
  const words = useAlertWords();
  return (
    <FormDialog
      title={t('title')}
      description={t('description')}
      confirm={t('confirm')}
      guarded
      submit={(fields) => acknowledge({ id: alert.id, note: String(fields.get('note')) })}
      onDone={() => {
        notify(t('done'));
        onClose();
      }}
      onClose={onClose}
    >
      <p className="text-pretty [overflow-wrap:anywhere]">
        {alert.token && <strong className="font-medium">{alert.token.name}: </strong>}
        {words(alert)}
      </p>
      <Field name="note" label={t('note')} hint={t('noteHint')}>
        {(control) => <Textarea {...control} />}
      </Field>
    </FormDialog>
  );
}
