'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useId } from 'react';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';
import { Modal } from '@/components/ui/modal';

type Props = { title: ReactNode; description?: ReactNode; onClose: () => void; finalFocus?: () => HTMLElement | null; children: ReactNode };

/** A panel at the side for reading about one thing. Mounted means open. */
export function SidePanel({ title, description, onClose, finalFocus, children }: Props) {
  const t = useTranslations('common');
  const id = useId();
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
          <button type="button" data-first-stop aria-label={t('close')} onClick={onClose} className={iconButtonClass}>
            <Icon of={X} />
          </button>
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section aria-label={t('details')} tabIndex={0} className="grow overflow-y-auto px-6 py-5 outline-offset-[-2px]">
          {children}
        </section>
      </div>
    </Modal>
  );
}
