'use client';

import { useTranslations } from 'next-intl';
import { type RefObject, useRef } from 'react';
import type { OldValueActions } from '@/components/tokens/types';
import { FormDialog } from '@/components/ui/form-dialog';
import { useReceipt } from '@/components/ui/receipt';
import { notify } from '@/components/ui/toast';
import type { OldValue, TokenRow } from '@/lib/tokens/schema';

/** What the dialogs of a replaced value have in common. */
export type OldValueDialogProps = { oldValue: OldValue; token: TokenRow; actions: OldValueActions; onClose: () => void };

type Props = OldValueDialogProps & {
  /** What gets the focus when the button that asked is gone. */
  fallbackFocus: RefObject<HTMLElement | null>;
};

export function FinishGraceDialog({ token: { id, name, generation }, actions, fallbackFocus, onClose }: Props) {
  const t = useTranslations('tokens.oldValue');
  const receipt = useReceipt(actions.receipt, id, 'refused');
  const finished = useRef(false);
  return (
    <FormDialog
      title={t('finishTitle', { name })}
      description={t('finishBody')}
      confirm={t('finish')}
      danger
      finalFocus={() => (finished.current ? fallbackFocus.current : null)}
      submit={() => actions.finish({ id, generation })}
      onDone={() => {
        finished.current = true;
        notify(t('finished', { name }), 'good', receipt());
        onClose();
      }}
      onClose={onClose}
    />
  );
}
