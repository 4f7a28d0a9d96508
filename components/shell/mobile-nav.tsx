'use client';

import { Dialog } from '@base-ui/react/dialog';
import { Menu as MenuIcon, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { AccountMenu } from '@/components/shell/account-menu';
import { NavLinks } from '@/components/shell/nav-links';
import type { Viewer } from '@/components/shell/shell';
import { Brand } from '@/components/shell/sidebar';
import { Icon } from '@/components/ui/icon';
import { iconButtonClass } from '@/components/ui/icon-button';

/** The sidebar of phones: a sheet behind a button. */
export function MobileNav({ viewer }: { viewer: Viewer }) {
  const t = useTranslations('common');
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger aria-label={t('openNavigation')} className={`${iconButtonClass} md:hidden`}>
        <Icon of={MenuIcon} />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-20 animate-appear bg-scrim md:hidden" />
        <Dialog.Popup className="fixed inset-y-0 left-0 z-20 flex w-72 max-w-[85vw] animate-appear flex-col bg-sidebar shadow-float outline-none md:hidden">
          <Dialog.Title className="sr-only">{t('navigation')}</Dialog.Title>
          <div className="flex h-12 items-center justify-between px-3">
            <Brand />
            <Dialog.Close aria-label={t('close')} className={iconButtonClass}>
              <Icon of={X} />
            </Dialog.Close>
          </div>
          <NavLinks role={viewer.role} onNavigate={close} />
          <div className="mt-auto p-3">
            <AccountMenu viewer={viewer} onNavigate={close} />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
