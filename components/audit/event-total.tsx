import { useTranslations } from 'next-intl';
import type { AuditTotal } from '@/lib/audit/schema';

/** How many events fit the filters, on all pages. */
export function EventTotal({ total: { count, more } }: { total: AuditTotal }) {
  const t = useTranslations('audit.total');
  return t(more ? 'more' : 'exactly', { count });
}
