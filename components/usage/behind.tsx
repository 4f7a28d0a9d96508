import { useTranslations } from 'next-intl';
import { ExactTime } from '@/components/ui/time';

/** Says up to when requests are counted, while that is not now. */
export function Behind({ since }: { since: string | null }) {
  const t = useTranslations('usage');
  if (!since) return null;
  return <p className="text-muted text-sm">{t.rich('behind', { moment: () => <ExactTime at={since} /> })}</p>;
}
