'use client';

import { CirclePause } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { RowDialogProps } from '@/components/tokens/row-dialog';
import { FormDialog } from '@/components/ui/form-dialog';
import { Icon } from '@/components/ui/icon';
import { useReceipt } from '@/components/ui/receipt';
import { useRelativeTime } from '@/components/ui/time';
import { notify } from '@/components/ui/toast';

export function ResumeDialog({ row, actions, ...dialog }: RowDialogProps) {
  const t = useTranslations('tokens.resume');
  const receipt = useReceipt(actions.receipt, row.id, 'inForce');
  const relative = useRelativeTime();
  const { name, hint, isExpired, suspendedAt, suspendedReason } = row;
  return (
    <FormDialog
      {...dialog}
      title={t('title', { name })}
      description={isExpired ? t('expired', { name }) : t('description', { hint })}
      confirm={t('confirm')}
      submit={() => actions.resume({ id: row.id })}
      onDone={() => {
        notify(t(isExpired ? 'doneExpired' : 'done', { name }), isExpired ? 'info' : 'good', receipt());
        dialog.onClose();
      }}
    >
      {suspendedAt && (
        <div className="flex gap-2.5 rounded-md border border-line bg-canvas px-3 py-2 text-sm">
          <Icon of={CirclePause} className="mt-0.5 text-muted" />
          <div className="grid min-w-0 gap-0.5">
            <p>{t('suspended', { when: relative(suspendedAt) })}</p>
            <p className="text-muted">{suspendedReason}</p>
          </div>
        </div>
      )}
    </FormDialog>
  );
}
