import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { TokenStatus } from '@/components/tokens/token-status';

const statuses = ['active', 'expiring', 'expired', 'suspended'] as const;

type Props = { counts: Record<(typeof statuses)[number], number> /** Whether there is a list of exactly these. */; linked: boolean };

/** How many tokens are how. */
export function TokenCounts({ counts, linked }: Props) {
  const t = useTranslations('overview');
  return (
    <section
      aria-label={t('tokens')}
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line lg:grid-cols-4"
    >
      {statuses.map((status) => (
        <div key={status} className="relative grid content-start gap-2 bg-surface p-4">
          <TokenStatus status={status} reason={null} />
          <p className="numbers font-semibold text-2xl tracking-tight">
            {linked ? (
              <Link
                href={`/tokens?status=${status}`}
                className="rounded-sm underline-offset-4 after:absolute after:inset-0 hover:underline"
              >
                {t('count', { count: counts[status] })}
              </Link>
            ) : (
              t('count', { count: counts[status] })
            )}
          </p>
        </div>
      ))}
    </section>
  );
}
