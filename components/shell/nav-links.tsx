'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { isAt, navItems } from '@/components/shell/nav-items';
import { Icon } from '@/components/ui/icon';
import type { Role } from '@/lib/permissions/permissions';

type Props = { role: Role; openAlerts: number; folded?: boolean; onNavigate?: () => void };

/** The pages of the console; as icons while the sidebar is folded or narrow. */
export function NavLinks({ role, openAlerts, folded = false, onNavigate }: Props) {
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
              'relative flex h-8 items-center gap-2.5 rounded-md px-2 transition-colors max-md:h-10',
              current ? 'bg-pressed font-medium text-ink' : 'text-muted hover:bg-hover hover:text-ink',
            )}
          >
            <Icon of={icon} className={current ? 'text-brass-text' : ''} />
            <span className={folded ? 'sr-only' : 'truncate max-lg:md:sr-only'}>{t(`nav.${key}`)}</span>
            {key === 'alerts' && openAlerts > 0 && <OpenAlerts count={openAlerts} folded={folded} />}
          </Link>
        );
      })}
    </nav>
  );
}

/** How many alerts are open: a number, or beside an icon alone a dot. */
function OpenAlerts({ count, folded }: { count: number; folded: boolean }) {
  const t = useTranslations('common');
  return (
    <>
      <span
        aria-hidden="true"
        className={clsx(
          'numbers ml-auto rounded-full border border-caution-line bg-caution-soft px-1.5 font-medium text-caution text-xs',
          folded ? 'hidden' : 'max-lg:md:hidden',
        )}
      >
        {count > MOST_SHOWN ? `${MOST_SHOWN}+` : count}
      </span>
      <span
        aria-hidden="true"
        className={clsx('absolute top-1 left-5 size-2 rounded-full bg-caution', folded ? 'max-md:hidden' : 'hidden max-lg:md:block')}
      />
      <span className="sr-only"> ({t('openAlerts', { count })})</span>
    </>
  );
}

const MOST_SHOWN = 99;
