'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { useTimeZone, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Navigation } from '@/components/table/use-navigation';
import { buttonClass } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';

type Props = { page: number; perPage: number; total: number; href: (page: number) => string; navigation: Navigation };

/** Which part of the list is shown, the ways to the next and previous one, and the zone of its times; nothing under an empty list. */
export function Pager({ page, perPage, total, href, navigation }: Props) {
  const t = useTranslations('common.paging');
  if (total === 0) return null;
  const from = (page - 1) * perPage + 1;
  const to = Math.min(page * perPage, total);
  return (
    <TableFooter>
      <p className="numbers">{total > perPage ? t('range', { from, to, total }) : t('all', { total })}</p>
      {total > perPage && (
        <nav aria-label={t('label')} className="flex gap-2">
          <Step href={page > 1 ? href(page - 1) : undefined} navigation={navigation}>
            <Icon of={ChevronLeft} />
            {t('previous')}
          </Step>
          <Step href={to < total ? href(page + 1) : undefined} navigation={navigation}>
            {t('next')}
            <Icon of={ChevronRight} />
          </Step>
        </nav>
      )}
    </TableFooter>
  );
}

/** Under a list: the zone in which its times are shown, and what belongs beside it. */
export function TableFooter({ children }: { children?: ReactNode }) {
  const t = useTranslations('common');
  const zone = useTimeZone();
  return (
    <footer className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-2 px-2 pt-3 text-muted text-sm">
      <p className="mr-auto">{t('timesIn', { zone: zone ?? 'UTC' })}</p>
      {children}
    </footer>
  );
}

/** A link to another page of a list; where there is none, words that keep the place. */
export function Step({ href, navigation, children }: { href?: string; navigation: Navigation; children: ReactNode }) {
  if (!href) return <span className={buttonClass('secondary', 'pointer-events-none border-line! text-faint!')}>{children}</span>;
  return (
    <Link {...navigation.link(href)} className={buttonClass()}>
      {children}
    </Link>
  );
}
