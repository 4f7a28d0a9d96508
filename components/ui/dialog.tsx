'use client';

import clsx from 'clsx';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useId, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';
import { Modal } from '@/components/ui/modal';

type Props = {
  title: string;
  description?: ReactNode;
  onClose: () => void;
  /** While something is on its way, the dialog stays. */
  pending?: boolean;
  /** Ask before closing once something was typed. */
  guarded?: boolean;
  /** What gets the focus back, if not what had it before. */
  finalFocus?: () => HTMLElement | null;
  children: ReactNode;
};

/** How a box in the middle of the screen looks. */
export const boxClass =
  'm-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] scroll-pb-24 overflow-y-auto rounded-lg bg-raised text-ink shadow-float outline-none animate-settle backdrop:animate-appear backdrop:bg-scrim sm:mt-[12vh] sm:max-h-[80vh]';

/** A decision over the page. Mounted means open: its owner unmounts it when `onClose` is called. */
export function Dialog({ title, description, onClose, pending = false, guarded = false, finalFocus, children }: Props) {
  const id = useId();
  const typed = useRef(false);
  const [asking, setAsking] = useState(false);

  function requestClose() {
    if (pending) return;
    if (guarded && typed.current) setAsking(!asking);
    else onClose();
  }

  return (
    <Modal
      onDismiss={requestClose}
      finalFocus={finalFocus}
      aria-labelledby={id}
      aria-describedby={description ? `${id}-about` : undefined}
      onInput={() => {
        typed.current = true;
      }}
      className={clsx(boxClass, 'max-w-120')}
    >
      {/* As large as its box, so that a click beside the words is not a click beside the dialog. */}
      <div className="relative">
        <header className="grid gap-1 px-6 pt-5">
          <h2 id={id} className="pr-8 font-semibold text-lg">
            {title}
          </h2>
          {description && (
            <div id={`${id}-about`} className="text-pretty text-muted">
              {description}
            </div>
          )}
        </header>
        <div className="px-6 pt-4 pb-5">{children}</div>
        <CloseButton onClick={requestClose} />
        {asking && <Discard onKeep={() => setAsking(false)} onDiscard={onClose} />}
      </div>
    </Modal>
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

/** The row of buttons that ends a dialog; in sight however long the dialog is. */
export function DialogFooter({ children }: { children: ReactNode }) {
  return (
    <footer className="sticky bottom-0 -mx-6 mt-3 -mb-5 flex flex-wrap justify-end gap-2 bg-raised px-6 pt-3 pb-5 before:pointer-events-none before:absolute before:inset-x-0 before:-top-3 before:h-3 before:bg-linear-to-t before:from-raised max-sm:flex-col-reverse">
      {children}
    </footer>
  );
}

function Discard({ onKeep, onDiscard }: { onKeep: () => void; onDiscard: () => void }) {
  const t = useTranslations('common');
  return (
    <div
      role="alert"
      className="sticky inset-x-0 bottom-0 -mt-18 flex min-h-18 animate-appear flex-wrap items-center justify-end gap-2 rounded-b-lg border-line border-t bg-raised px-6 py-3"
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
