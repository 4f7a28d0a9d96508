'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import clsx from 'clsx';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';

type Props = { title: ReactNode; description?: ReactNode; onClose: () => void; finalFocus?: () => HTMLElement | null; children: ReactNode };

/** A panel at the side for reading about one thing. Mounted means open. */
export function SidePanel({ title, description, onClose, finalFocus, children }: Props) {
  const t = useTranslations('common');
  return (
    <Base.Root open onOpenChange={(open) => open || onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-30 animate-appear bg-scrim" />
        <Base.Popup
          finalFocus={finalFocus}
          className="fixed inset-y-0 right-0 z-30 flex w-full max-w-120 animate-appear flex-col bg-raised shadow-float outline-none"
        >
          <header className="flex items-start gap-3 border-line border-b py-4 pr-3 pl-6">
            <div className="min-w-0 grow">
              <Base.Title className="font-semibold text-lg">{title}</Base.Title>
              {description && <Base.Description render={<div>{description}</div>} className="text-muted text-sm" />}
            </div>
            <Base.Close aria-label={t('close')} className={clsx(iconButtonClass)}>
              <Icon of={X} />
            </Base.Close>
          </header>
          <section aria-label={t('details')} tabIndex={-1} className="grow overflow-y-auto px-6 py-5 outline-none">
            {children}
          </section>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
