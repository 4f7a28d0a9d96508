import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { refusalsIn } from '@/components/usage/log-link';
import type { TokenLimit } from '@/lib/tokens/schema';
import type { LimitUse } from '@/lib/usage/schema';

type Props = { limit: TokenLimit; use: LimitUse };

const HOUR = 3600;

/**
 * How near a token comes to its limit. Usage is known by the hour: a limit of a shorter window is compared with what it lets pass in one,
 * and that of a day with a day.
 */
export function LimitUsed({ limit: { requests, windowSeconds }, use }: Props) {
  const t = useTranslations('token.facts');
  const isDay = windowSeconds > HOUR;
  const used = isDay ? use.day : use.busiestHour;
  const most = isDay ? requests : (requests * HOUR) / windowSeconds;
  const words = t(isDay ? 'limitDay' : 'limitHour', { used, most });
  return (
    <>
      <meter className="mt-1.5 block h-1.5 w-full max-w-60" min={0} max={most} high={most * 0.9} value={used} aria-label={words} />
      <span className="numbers mt-1 block text-muted text-sm">{words}</span>
    </>
  );
}

/** How often a token was told to come back later, with the way to the log. */
export function LimitRefused({ tokenId, count }: { tokenId: string; count: number }) {
  const t = useTranslations('token.facts');
  if (count === 0) return <span className="block text-muted text-sm">{t('limitRefused', { count })}</span>;
  return (
    <Link
      href={refusalsIn('24h', tokenId)}
      prefetch={false}
      className="numbers inline-block rounded-sm text-sm underline underline-offset-4"
    >
      {t('limitRefused', { count })}
    </Link>
  );
}
