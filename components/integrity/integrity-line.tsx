import { ShieldCheck, ShieldQuestion } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { Icon } from '@/components/ui/icon';
import { Notice } from '@/components/ui/notice';
import { Time } from '@/components/ui/time';
import type { VerificationRow } from '@/lib/audit/verification/schema';

const PATH = '/audit/integrity';

/** On the log's page, in a line: up to when it is known to be what was signed. Loud only when it is not. */
export function IntegrityLine({ last }: { last: VerificationRow | null }) {
  const t = useTranslations('integrity');
  const link = (
    <Link href={PATH} className="-my-1 inline-block py-1 underline underline-offset-2">
      {t('title')}
    </Link>
  );
  if (last?.state === 'changed') {
    return (
      <Notice tone="danger" role="alert" className="mb-4 w-full">
        {t('changed')} {t('found', { count: last.found })} {link}
      </Notice>
    );
  }
  return (
    <p className="mb-4 flex flex-wrap items-center gap-x-2 gap-y-1 text-muted text-sm">
      <Icon of={last ? ShieldCheck : ShieldQuestion} />
      <span>{last ? t.rich('line', { time: () => <Time at={last.at} className="-my-1 py-1" /> }) : t('lineNever')}</span>
      <span aria-hidden="true">·</span>
      {link}
    </p>
  );
}
