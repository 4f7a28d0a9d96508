'use client';

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';

type Props = {
  title: string;
  confirm: string;
  /** The words of the way back; "Cancel" when left out. */
  cancel?: string;
  onConfirm: () => void;
  onCancel: () => void;
  children: ReactNode;
};

/** A question that interrupts. Mounted means open; Escape means no. */
export function ConfirmDialog({ title, confirm, cancel, onConfirm, onCancel, children }: Props) {
  const t = useTranslations('common');
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || onCancel()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-30 animate-appear bg-scrim" />
        <AlertDialog.Viewport className="fixed inset-0 z-30 grid place-items-center overflow-y-auto p-4 sm:items-start sm:pt-[12vh]">
          <AlertDialog.Popup className="w-full max-w-105 animate-settle rounded-lg bg-raised px-6 py-5 shadow-float outline-none">
            <AlertDialog.Title className="font-semibold text-lg">{title}</AlertDialog.Title>
            <AlertDialog.Description className="mt-1 text-muted">{children}</AlertDialog.Description>
            <footer className="mt-6 flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
              <Button onClick={onCancel}>{cancel ?? t('cancel')}</Button>
              <Button look="danger" onClick={onConfirm}>
                {confirm}
              </Button>
            </footer>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
