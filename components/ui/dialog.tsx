'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import clsx from 'clsx';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, type RefObject, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';

type Props = {
  title: string;
  description?: ReactNode;
  onClose: () => void;
  /** While something is on its way, the dialog stays. */
  pending?: boolean;
  /** Ask before closing once something was typed. */
  guarded?: boolean;
  /** What gets the focus back when the trigger is gone. */
  finalFocus?: () => HTMLElement | null;
  initialFocus?: RefObject<HTMLElement | null>;
  className?: string;
  children: ReactNode;
};

/** A decision over the page. Mounted means open: its owner unmounts it when `onClose` is called. */
export function Dialog({ title, description, onClose, pending = false, guarded = false, className, children, ...focus }: Props) {
  const typed = useRef(false);
  const [asking, setAsking] = useState(false);

  function requestClose() {
    if (pending) return;
    if (guarded && typed.current) setAsking((before) => !before);
    else onClose();
  }

  return (
    <Base.Root open onOpenChange={(open) => open || requestClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-30 animate-appear bg-scrim" />
        <Base.Viewport className="fixed inset-0 z-30 grid place-items-center overflow-y-auto p-4 sm:items-start sm:pt-[12vh]">
          <Base.Popup
            {...focus}
            onInput={() => {
              typed.current = true;
            }}
            className={clsx('relative w-full max-w-120 animate-settle rounded-lg bg-raised shadow-float outline-none', className)}
          >
            <header className="grid gap-1 px-6 pt-5 pr-12">
              <Base.Title className="font-semibold text-lg">{title}</Base.Title>
              {description && <Base.Description render={<div>{description}</div>} className="text-muted" />}
            </header>
            <CloseButton onClick={requestClose} />
            <div className="px-6 pt-4 pb-5">{children}</div>
            {asking && <Discard onKeep={() => setAsking(false)} onDiscard={onClose} />}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

function CloseButton({ onClick }: { onClick: () => void }) {
  const t = useTranslations('common');
  return (
    <button type="button" aria-label={t('close')} onClick={onClick} className={clsx(iconButtonClass, 'absolute top-3 right-3')}>
      <Icon of={X} />
    </button>
  );
}

/** The row of buttons that ends a dialog. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return <footer className="mt-6 flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">{children}</footer>;
}

function Discard({ onKeep, onDiscard }: { onKeep: () => void; onDiscard: () => void }) {
  const t = useTranslations('common');
  return (
    <div
      role="alert"
      className="absolute inset-x-0 bottom-0 flex animate-appear flex-wrap items-center justify-end gap-2 rounded-b-lg border-line border-t bg-raised px-6 py-5"
    >
      <p className="mr-auto font-medium">{t('discardQuestion')}</p>
      <Button ref={(button) => button?.focus()} onClick={onKeep}>
        {t('keepEditing')}
      </Button>
      <Button look="danger" onClick={onDiscard}>
        {t('discard')}
      </Button>
    </div>
  );
}
