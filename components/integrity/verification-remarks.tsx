import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { ExactTime } from '@/components/ui/time';
import type { VerificationRow } from '@/lib/audit/verification/schema';

const LINK = '-my-1 inline-block py-1 underline underline-offset-2';

/** What a verification saw that is no problem by itself, and that only a person can judge: late events, what was set aside, what was pruned. */
export function VerificationRemarks({ row: { late, setAside, pruned, prunes } }: { row: VerificationRow }) {
  const t = useTranslations('integrity.remarks');
  if (late + setAside + pruned === 0) return null;
  return (
    <section aria-label={t('title')} className="grid gap-2 text-sm">
      <h3 className="font-medium">{t('title')}</h3>
      {late > 0 && <p>{t('late', { count: late })}</p>}
      {setAside > 0 && <p>{t('setAside', { count: setAside })}</p>}
      {pruned > 0 && (
        <>
          <p>
            {t.rich('pruned', {
              count: pruned,
              link: (words) => (
                <Link href="/audit?event=policy.changed" prefetch={false} className={LINK}>
                  {words}
                </Link>
              ),
            })}
          </p>
          <ul className="grid gap-1">
            {prunes.map(({ eventId, kind, at, before, events }) => (
              <li key={eventId} className="numbers text-muted">
                {t.rich(kind === 'access' ? 'accesses' : 'operations', {
                  count: events,
                  before: () => <ExactTime at={before} />,
                  link: () => (
                    <Link href={`/audit?id=${eventId}`} prefetch={false} className={LINK}>
                      <ExactTime at={at} />
                    </Link>
                  ),
                })}
              </li>
            ))}
          </ul>
          {pruned > prunes.length && <p className="text-muted">{t('more', { count: pruned - prunes.length })}</p>}
        </>
      )}
    </section>
  );
}
