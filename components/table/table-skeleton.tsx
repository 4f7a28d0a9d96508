import { useTranslations } from 'next-intl';
import { Skeleton } from '@/components/ui/skeleton';

/** Keeps the place of a list while it loads: a bar of filters, a header and rows of the right height. */
export function TableSkeleton({ rows = 8 }: { rows?: number }) {
  const t = useTranslations('common');
  return (
    <div role="status" aria-label={t('loading')}>
      <div className="mb-3 flex gap-2">
        <Skeleton className="h-8 w-72 max-sm:h-10" />
        <Skeleton className="h-8 w-28 max-sm:h-10" />
      </div>
      <div className="h-9 border-line border-b" />
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={index} className="flex h-11 items-center gap-6 border-line border-b px-2 max-sm:h-36">
          <Skeleton className="h-4 w-1/3" />
          <Skeleton className="h-4 w-16" />
          <Skeleton className="ml-auto h-4 w-24" />
        </div>
      ))}
    </div>
  );
}
