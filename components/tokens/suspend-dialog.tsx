'use client';

import { useTranslations } from 'next-intl';
import { LastUse } from '@/components/tokens/last-use';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useReceipt } from '@/components/ui/receipt';
import { notify } from '@/components/ui/toast';

export function SuspendDialog({ row, actions, ...dialog }: RowDialogProps) {
  const t = useTranslations('tokens.suspend');
  const receipt = useReceipt(actions.receipt, row.id, 'refused');
  const { name, hint } = row;
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={t('description', { hint })}
      confirm={t('confirm')}
      danger
      guarded
      submit={(fields) => actions.suspend({ id: row.id, reason: String(fields.get('reason')) })}
      onDone={() => {
        notify(t('done', { name }), 'good', receipt());
        dialog.onClose();
      }}
    >
      <LastUse row={row} load={actions.lastUse} />
      <Field name="reason" label={t('reason')} hint={t('reasonHint')}>
        {(control) => <Input {...control} autoComplete="off" />}
      </Field>
    </FormDialog>
  );
}
