'use client';

import { useFormatter, useTimeZone, useTranslations } from 'next-intl';
import { readExpiration } from '@/components/tokens/expiration';
import { ExpirationField } from '@/components/tokens/expiration-field';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { FormDialog } from '@/components/ui/form-dialog';
import { useReceipt } from '@/components/ui/receipt';
import { notify } from '@/components/ui/toast';

export function ChangeExpirationDialog({ row, actions, ...dialog }: RowDialogProps) {
  const t = useTranslations('tokens.change');
  const receipt = useReceipt(actions.receipt, row.id, 'inForce');
  const format = useFormatter();
  const zone = useTimeZone() ?? 'UTC';

  async function submit(fields: FormData) {
    const expiration = readExpiration(fields, zone);
    if ('error' in expiration) return { ok: false, error: expiration.error } as const;
    return actions.changeExpiration({ id: row.id, expiration: expiration.value });
  }

  const moment = row.expiresAt && format.dateTime(new Date(row.expiresAt), 'short');
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name: row.name })}
      description={moment ? t(row.isExpired ? 'expired' : 'expires', { moment, zone }) : t('never')}
      confirm={t('confirm')}
      submit={submit}
      onDone={({ expiresAt }) => {
        const { name } = row;
        const done = expiresAt ? t('done', { name, moment: format.dateTime(new Date(expiresAt), 'short') }) : t('doneNever', { name });
        notify(done, 'good', receipt());
        dialog.onClose();
      }}
    >
      <ExpirationField current={row.expiresAt} />
    </FormDialog>
  );
}
