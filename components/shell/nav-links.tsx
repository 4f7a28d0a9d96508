'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { isAt, navItems } from '@/components/shell/nav-items';
import { Icon } from '@/components/ui/icon';
import type { Role } from '@/lib/permissions/permissions';

/** The pages of the console; as icons while the sidebar is folded or narrow. */
export function NavLinks({ role, folded = false, onNavigate }: { role: Role; folded?: boolean; onNavigate?: () => void }) {
  const t = useTranslations('common');
  const pathname = usePathname();
  return (
    <nav aria-label={t('navigation')} className="grid gap-0.5 px-3 py-2">
      {navItems(role).map(({ key, href, icon }) => {
        const current = isAt(pathname, href);
        return (
          <Link
            key={key}
            href={href}
            onClick={onNavigate}
            aria-current={current ? 'page' : undefined}
            title={folded ? t(`nav.${key}`) : undefined}
            className={clsx(
              'flex h-8 items-center gap-2.5 rounded-md px-2 transition-colors max-md:h-10',
              current ? 'bg-pressed font-medium text-ink' : 'text-muted hover:bg-hover hover:text-ink',
            )}
          >
            <Icon of={icon} className={current ? 'text-brass-text' : ''} />
            <span className={folded ? 'sr-only' : 'truncate max-lg:md:sr-only'}>{t(`nav.${key}`)}</span>
          </Link>
        );
      })}
    </nav>
  );
}
