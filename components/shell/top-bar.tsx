'use client';

import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { MobileNav } from '@/components/shell/mobile-nav';
import { isAt, navItems } from '@/components/shell/nav-items';
import type { SetTheme, Viewer } from '@/components/shell/shell';
import { ThemeMenu } from '@/components/shell/theme-menu';

const profile = { key: 'profile', href: '/profile' } as const;

/** Where one is, and the theme. */
export function TopBar({ viewer, openAlerts, setTheme }: { viewer: Viewer; openAlerts: number; setTheme: SetTheme }) {
  const t = useTranslations('common');
  const pathname = usePathname();
  // A page that is not there for this person is not named either.
  const place = [...navItems(viewer.role), profile].find(({ href }) => isAt(pathname, href));
  return (
    <header className="sticky top-0 z-10 flex h-12 items-center gap-2 border-line border-b bg-canvas px-2 sm:px-4 md:px-6">
      <MobileNav viewer={viewer} openAlerts={openAlerts} />
      <p className="min-w-0 grow truncate text-muted">{place && t(`nav.${place.key}`)}</p>
      <ThemeMenu theme={viewer.theme} setTheme={setTheme} />
    </header>
  );
}
