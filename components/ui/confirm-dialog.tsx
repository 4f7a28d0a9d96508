'use client';

import clsx from 'clsx';
import { useTranslations } from 'next-intl';
import { type ReactNode, useId } from 'react';
import { Button } from '@/components/ui/button';
import { boxClass, DialogFooter } from '@/components/ui/dialog';
import { Modal } from '@/components/ui/modal';

type Props = {
  title: string;
  confirm: string;
  /** The words of the way back; "Cancel" when left out. */
  cancel?: string;
  onConfirm: () => void;
  onCancel: () => void;
  /** What gets the focus back, if not what had it before. */
  finalFocus?: () => HTMLElement | null;
  children: ReactNode;
};

/** A question that interrupts. Mounted means open; Escape means no. */
export function ConfirmDialog({ title, confirm, cancel, onConfirm, onCancel, finalFocus, children }: Props) {
  const t = useTranslations('common');
  const id = useId();
  return (
    <Modal
      role="alertdialog"
      onDismiss={onCancel}
      finalFocus={finalFocus}
      aria-labelledby={id}
      aria-describedby={`${id}-about`}
      className={clsx(boxClass, 'max-w-105')}
    >
      <div className="px-6 py-5">
        <h2 id={id} className="font-semibold text-lg">
          {title}
        </h2>
        <p id={`${id}-about`} className="mt-1 text-pretty text-muted">
          {children}
        </p>
        <DialogFooter>
          <Button onClick={onCancel}>{cancel ?? t('cancel')}</Button>
          <Button look="danger" onClick={onConfirm}>
            {confirm}
          </Button>
        </DialogFooter>
      </div>
    </Modal>
  );
}
