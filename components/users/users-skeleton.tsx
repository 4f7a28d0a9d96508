import { useTranslations } from 'next-intl';
import { PageHeader } from '@/components/shell/page-header';
import { TableSkeleton } from '@/components/table/table-skeleton';
import { Skeleton } from '@/components/ui/skeleton';

/** The list's place while its rows are read. */
export function UsersSkeleton() {
  const t = useTranslations('users');
  return (
    <>
      <PageHeader
        title={t('title')}
        description={<Skeleton className="h-5 w-72" />}
        actions={<Skeleton className="h-8 w-28 max-sm:h-10" />}
      />
      <TableSkeleton />
    </>
  );
}
