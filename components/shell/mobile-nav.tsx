'use client';

import { Menu as MenuIcon, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { AccountMenu } from '@/components/shell/account-menu';
import { NavLinks } from '@/components/shell/nav-links';
import type { Viewer } from '@/components/shell/shell';
import { Brand } from '@/components/shell/sidebar';
import { Icon } from '@/components/ui/icon';
import { IconButton, iconButtonClass } from '@/components/ui/icon-button';
import { Modal } from '@/components/ui/modal';

/** The sidebar of phones: a sheet behind a button. */
export function MobileNav({ viewer, openAlerts }: { viewer: Viewer; openAlerts: number }) {
  const t = useTranslations('common');
  const [open, setOpen] = useState(false);
  const id = useId();
  const close = () => setOpen(false);
  return (
    <>
      <IconButton label={t('openNavigation')} icon={MenuIcon} onClick={() => setOpen(true)} className="md:hidden" />
      {open && (
        <Modal
          onDismiss={close}
          aria-labelledby={id}
          className="mr-auto ml-0 h-dvh max-h-none w-72 max-w-[85vw] animate-appear bg-sidebar text-ink shadow-float outline-none backdrop:animate-appear backdrop:bg-scrim"
        >
          <div className="flex h-full flex-col">
            <h2 id={id} className="sr-only">
              {t('navigation')}
            </h2>
            <div className="flex h-12 items-center justify-between px-3">
              <Brand />
              <button type="button" data-first-stop aria-label={t('close')} onClick={close} className={iconButtonClass}>
                <Icon of={X} />
              </button>
            </div>
            <NavLinks role={viewer.role} openAlerts={openAlerts} onNavigate={close} />
            <div className="mt-auto p-3">
              <AccountMenu viewer={viewer} onNavigate={close} />
            </div>
          </div>
        </Modal>
      )}
    </>
  );
}
