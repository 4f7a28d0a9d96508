import { useTranslations } from 'next-intl';
import { PageHeader } from '@/components/shell/page-header';
import { TableSkeleton } from '@/components/table/table-skeleton';

/** The log's place while its events are read. */
export function AuditSkeleton({ all }: { all: boolean }) {
  const t = useTranslations('audit');
  return (
    <div>
      <PageHeader title={t('title')} description={t(all ? 'description' : 'descriptionOwn')} />
      <TableSkeleton rows={12} />
    </div>
  );
}
