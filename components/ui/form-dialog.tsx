'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { Form, SubmitButton } from '@/components/ui/form';
import type { ActionResult } from '@/lib/action';

type Props<T> = {
  title: string;
  description?: ReactNode;
  /** The verb on the confirming button. */
  confirm: string;
  danger?: boolean;
  guarded?: boolean;
  finalFocus?: () => HTMLElement | null;
  submit: (fields: FormData) => Promise<ActionResult<T>>;
  onDone: (data: T) => void;
  onClose: () => void;
  children?: ReactNode;
};

/** A dialog that asks for something and does it: fields, a way out, and the button with the verb. */
export function FormDialog<T>({ confirm, danger = false, submit, onDone, onClose, children, ...dialog }: Props<T>) {
  const t = useTranslations('common');
  const [pending, setPending] = useState(false);
  return (
    <Dialog {...dialog} onClose={onClose} pending={pending}>
      <Form submit={submit} onDone={onDone} onPending={setPending}>
        <div className="grid gap-4">{children}</div>
        <DialogFooter>
          <Button onClick={onClose} disabled={pending}>
            {t('cancel')}
          </Button>
          <SubmitButton look={danger ? 'danger' : 'primary'}>{confirm}</SubmitButton>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}
