'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { shortPrint } from '@/components/tokens/access-summary';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';

export function UnbindDialog({ row, actions, ...dialog }: RowDialogProps) {
  const t = useTranslations('tokens.unbind');
  const [{ id, name, hint, boundThumbprint }] = useState(row);
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={t('description', { hint, key: shortPrint(boundThumbprint ?? '') })}
      confirm={t('confirm')}
      danger
      submit={() => actions.unbind({ id, from: boundThumbprint })}
      onDone={() => {
        notify(t('done', { name }));
        dialog.onClose();
      }}
    />
  );
}
