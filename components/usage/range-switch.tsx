import clsx from 'clsx';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { type UsageRange, usageRanges } from '@/lib/usage/schema';

/** How far back one looks: links, so that it is in the URL. */
export function RangeSwitch({ range, href }: { range: UsageRange; href: (range: UsageRange) => string }) {
  const t = useTranslations('usage');
  return (
    <nav aria-label={t('range')} className="flex flex-wrap gap-1 max-sm:-mx-1">
      {usageRanges.map((one) => (
        <Link
          key={one}
          href={href(one)}
          scroll={false}
          replace
          prefetch={false}
          aria-current={one === range ? 'true' : undefined}
          className={clsx(
            'rounded-md px-2.5 py-1 max-sm:py-2',
            one === range ? 'bg-pressed font-medium' : 'text-muted hover:bg-hover hover:text-ink',
          )}
        >
          {t(`ranges.${one}`)}
        </Link>
      ))}
    </nav>
  );
}
