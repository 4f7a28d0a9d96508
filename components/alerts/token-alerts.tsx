import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { useAlertWords } from '@/components/alerts/use-alert-words';
import { Notice } from '@/components/ui/notice';
import type { AlertRow } from '@/lib/alerts/schema';

type Props = { tokenId: string; rows: AlertRow[]; total: number };

/** On a token’s page: what is unusual about it, as long as nobody has acknowledged that. */
export function TokenAlerts({ tokenId, rows, total }: Props) {
  const t = useTranslations('alerts.banner');
  const words = useAlertWords();
  const [newest] = rows;
  if (!newest) return null;
  return (
    <Notice tone="caution">
      <span className="[overflow-wrap:anywhere]">{total > 1 ? t('more', { count: total }) : words(newest)}</span>{' '}
      <Link href={`/alerts?state=open&token=${tokenId}`} prefetch={false} className="rounded-sm font-medium underline underline-offset-4">
        {t('link')}
      </Link>
    </Notice>
  );
}
