'use client';

import clsx from 'clsx';
import { PanelLeft } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { AccountMenu } from '@/components/shell/account-menu';
import { NavLinks } from '@/components/shell/nav-links';
import type { Viewer } from '@/components/shell/shell';
import { IconButton } from '@/components/ui/icon-button';
import { Mark } from '@/components/ui/mark';

type Props = { viewer: Viewer; openAlerts: number; folded: boolean; onToggle: () => void };

/** From tablets on: 240 px, or icons when folded and on narrow screens. On phones the top bar has a sheet instead. */
export function Sidebar({ viewer, openAlerts, folded, onToggle }: Props) {
  const t = useTranslations('common');
  return (
    <aside
      className={clsx('sticky top-0 hidden h-dvh w-14 shrink-0 flex-col border-line border-r bg-sidebar md:flex', !folded && 'lg:w-60')}
    >
      <div className="flex h-12 items-center justify-between gap-1 px-3">
        <Brand folded={folded} />
        {!folded && (
          <IconButton
            label={t('foldSidebar')}
            icon={PanelLeft}
            aria-expanded
            onClick={onToggle}
            className="aria-expanded:bg-transparent max-lg:hidden"
          />
        )}
      </div>
      <NavLinks role={viewer.role} openAlerts={openAlerts} folded={folded} />
      <div className="mt-auto grid gap-1 p-3">
        {folded && (
          <IconButton label={t('unfoldSidebar')} icon={PanelLeft} aria-expanded={false} onClick={onToggle} className="max-lg:hidden" />
        )}
        <AccountMenu viewer={viewer} folded={folded} />
      </div>
    </aside>
  );
}

/** The mark and the name, leading to the start page. */
export function Brand({ folded = false }: { folded?: boolean }) {
  const t = useTranslations('common');
  return (
    <Link href="/tokens" className="flex h-8 min-w-8 items-center gap-2 rounded-md px-1 font-semibold">
      <Mark className="size-6 shrink-0 text-brass-text" />
      <span className={folded ? 'sr-only' : 'max-lg:md:sr-only'}>{t('appName')}</span>
    </Link>
  );
}
