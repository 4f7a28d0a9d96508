'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';
import { Modal } from '@/components/ui/modal';

type Props = {
  /** What it is about: when that changes, the panel begins anew. */
  of?: string;
  title: ReactNode;
  description?: ReactNode;
  onClose: () => void;
  finalFocus?: () => HTMLElement | null;
  children: ReactNode;
};

/** A panel at the side for reading about one thing. Mounted means open. */
export function SidePanel({ of, title, description, onClose, finalFocus, children }: Props) {
  const t = useTranslations('common');
  const id = useId();
  const close = useRef<HTMLButtonElement>(null);
  const content = useRef<HTMLElement>(null);
  const shown = useRef(of);

  useEffect(() => {
    if (shown.current === of) return;
    shown.current = of;
    content.current?.scrollTo(0, 0);
    // What led here is gone with what it stood beside.
    close.current?.focus();
  }, [of]);

  return (
    <Modal
      onDismiss={onClose}
      finalFocus={finalFocus}
      aria-labelledby={id}
      className="mr-0 ml-auto h-dvh max-h-none w-full max-w-120 animate-appear bg-raised text-ink shadow-float outline-none backdrop:animate-appear backdrop:bg-scrim"
    >
      <div className="flex h-full flex-col">
        <header className="flex items-start gap-3 border-line border-b py-4 pr-3 pl-6">
          <div className="min-w-0 grow">
            <h2 id={id} className="font-semibold text-lg">
              {title}
            </h2>
            {description && <div className="text-muted text-sm">{description}</div>}
          </div>
          <button ref={close} type="button" data-first-stop aria-label={t('close')} onClick={onClose} className={iconButtonClass}>
            <Icon of={X} />
          </button>
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section ref={content} aria-label={t('details')} tabIndex={0} className="grow overflow-y-auto px-6 py-5 outline-offset-[-2px]">
          {children}
        </section>
      </div>
    </Modal>
  );
}
