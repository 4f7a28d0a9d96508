'use client';

import { useTranslations } from 'next-intl';
import { type RefObject, useRef } from 'react';
import { LastUse } from '@/components/tokens/last-use';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { useReceipt } from '@/components/ui/receipt';
import { notify } from '@/components/ui/toast';

type Props = RowDialogProps & {
  /** What gets the focus when the row is gone. */
  fallbackFocus: RefObject<HTMLElement | null>;
  onDeleted: (id: string) => void;
};

export function DeleteDialog({ row, actions, fallbackFocus, onDeleted, ...dialog }: Props) {
  const deleted = useRef(false);
  const t = useTranslations('tokens.delete');
  const receipt = useReceipt(actions.receipt, row.id, 'refused');
  const { name, hint } = row;
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={t('description', { hint })}
      confirm={t('confirm')}
      danger
      finalFocus={() => (deleted.current ? fallbackFocus.current : null)}
      submit={(fields) => actions.remove({ id: row.id, confirmName: String(fields.get('confirmName')) })}
      onDone={() => {
        deleted.current = true;
        onDeleted(row.id);
        notify(t('done', { name }), 'good', receipt());
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
