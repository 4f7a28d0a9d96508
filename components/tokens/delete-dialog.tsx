'use client';

import { useTranslations } from 'next-intl';
import { LastUse } from '@/components/tokens/last-use';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';

export function DeleteDialog({ row, actions, ...dialog }: RowDialogProps) {
  const t = useTranslations('tokens.delete');
  const { name, hint } = row;
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={t('description', { hint })}
      confirm={t('confirm')}
      danger
      submit={(fields) => actions.remove({ id: row.id, confirmName: String(fields.get('confirmName')) })}
      onDone={() => {
        notify(t('done', { name }));
        dialog.onClose();
      }}
    >
      <LastUse row={row} load={actions.lastUse} />
      <Field
        name="confirmName"
        label={t('confirmName')}
        hint={t.rich('hint', { name, b: (text) => <strong className="select-all font-medium text-ink">{text}</strong> })}
      >
        {(control) => <Input {...control} autoComplete="off" spellCheck={false} />}
      </Field>
    </FormDialog>
  );
}
