'use client';

import { useTranslations } from 'next-intl';
import type { OldValueActions } from '@/components/tokens/types';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';
import type { OldValue, TokenRow } from '@/lib/tokens/schema';

/** What the dialogs of a replaced value have in common. */
export type OldValueDialogProps = { oldValue: OldValue; token: TokenRow; actions: OldValueActions; onClose: () => void };

export function FinishGraceDialog({ token: { id, name, generation }, actions, onClose }: OldValueDialogProps) {
  const t = useTranslations('tokens.oldValue');
  return (
    <FormDialog
      title={t('finishTitle')}
      description={t('finishBody', { name })}
      confirm={t('finish')}
      danger
      submit={() => actions.finish({ id, generation })}
      onDone={() => {
        notify(t('finished', { name }));
        onClose();
      }}
      onClose={onClose}
    />
  );
}
