import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { Section } from '@/components/ui/section';
import { Behind } from '@/components/usage/behind';
import { UsageChart } from '@/components/usage/chart';
import { RefusalReasons, UsageList, UsageRow } from '@/components/usage/lists';
import { refusalsIn } from '@/components/usage/log-link';
import { RangeSwitch } from '@/components/usage/range-switch';
import { UsageFigures } from '@/components/usage/totals';
import type { Overview, UsageRange, UsageToken } from '@/lib/usage/schema';

type Props = { usage: Overview /** Whether these are everybody's tokens. */; all: boolean; href: (range: UsageRange) => string };

/** How everything that the viewer may see is used. */
export function OverviewUsage({ usage, all, href }: Props) {
  const t = useTranslations('usage');
  const { range, totals, busiest, mostRefused } = usage;
  return (
    <Section id="usage" title={t('title')} action={<RangeSwitch range={range} href={href} />}>
      {totals.requests === 0 ? (
        <div className="grid gap-1 text-muted">
          <p>{t('empty.range', { range: t(`ranges.${range}`) })}</p>
          <p>{t('empty.overview')}</p>
        </div>
      ) : (
        <>
          <UsageFigures usage={usage} />
          <UsageChart usage={usage} />
        </>
      )}
      <Behind since={usage.behindSince} />
      {totals.requests > 0 && (
        <div className="grid grid-cols-1 gap-x-8 gap-y-6 md:grid-cols-2 lg:grid-cols-3">
          <RefusalReasons reasons={usage.reasons} href={refusalsIn(range)} />
          <Tokens title={t('tokens.busiest')} tokens={busiest} by="requests" withOwner={all} />
          <Tokens title={t('tokens.mostRefused')} tokens={mostRefused} by="refused" withOwner={all} />
        </div>
      )}
    </Section>
  );
}

type TokensProps = { title: string; tokens: UsageToken[]; by: 'requests' | 'refused'; withOwner: boolean };

function Tokens({ title, tokens, by, withOwner }: TokensProps) {
  const t = useTranslations('usage.tokens');
  const most = tokens[0]?.[by] ?? 1;
  return (
    <UsageList title={title} none={t('none')}>
      {tokens.map((token) => (
        <UsageRow
          key={token.id}
          name={
            <span className="flex min-w-0 items-baseline gap-2">
              <Link
                href={`/tokens/${token.id}`}
                prefetch={false}
                title={token.name}
                className="min-w-0 truncate rounded-sm underline-offset-4 hover:underline"
              >
                {token.name}
              </Link>
              <span className="shrink-0 text-muted text-sm">{token.isDeleted ? t('deleted') : withOwner && token.owner}</span>
            </span>
          }
          count={token[by]}
          share={token[by] / most}
          refused={by === 'refused'}
        />
      ))}
    </UsageList>
  );
}
