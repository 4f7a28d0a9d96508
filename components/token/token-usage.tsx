import { TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { RemoveUnusedScopes } from '@/components/token/narrow';
import { Icon } from '@/components/ui/icon';
import { Section } from '@/components/ui/section';
import { Time } from '@/components/ui/time';
import { Behind } from '@/components/usage/behind';
import { UsageChart } from '@/components/usage/chart';
import { RefusalReasons, UsageList, UsageRow } from '@/components/usage/lists';
import { refusalsIn } from '@/components/usage/log-link';
import { RangeSwitch } from '@/components/usage/range-switch';
import { UsageFigures } from '@/components/usage/totals';
import type { TokenUsage as Usage, UsageRange } from '@/lib/usage/schema';

type Props = {
  tokenId: string;
  usage: Usage;
  /** Whether it was ever used. */
  isUsed: boolean;
  canNarrow: boolean;
  href: (range: UsageRange) => string;
};

/** How often a token is used and refused, from where, and for what; and what it could do without. */
export function TokenUsage({ tokenId, usage, isUsed, canNarrow, href }: Props) {
  const t = useTranslations('usage');
  const { range, totals, scopes } = usage;
  return (
    <Section id="usage" title={t('title')} action={<RangeSwitch range={range} href={href} />}>
      {totals.requests > 0 ? (
        <>
          <UsageFigures usage={usage} />
          <UsageChart usage={usage} />
        </>
      ) : (
        <p className="text-muted">{isUsed ? t('empty.range', { range: t(`ranges.${range}`) }) : t('empty.token')}</p>
      )}
      <Behind since={usage.behindSince} />
      {(totals.requests > 0 || usage.addresses.length > 0 || scopes.length > 0) && (
        <div className="grid grid-cols-1 gap-x-8 gap-y-6 md:grid-cols-2 lg:grid-cols-3">
          <RefusalReasons reasons={usage.reasons} href={refusalsIn(range, tokenId)} />
          <Addresses tokenId={tokenId} usage={usage} />
          {scopes.length > 0 && <Scopes usage={usage} canNarrow={canNarrow} />}
        </div>
      )}
    </Section>
  );
}

function Addresses({ tokenId, usage: { addresses, moreAddresses } }: { tokenId: string; usage: Usage }) {
  const t = useTranslations('usage.addresses');
  const most = addresses[0]?.requests ?? 1;
  return (
    <UsageList title={t('title')} none={t('none')} note={moreAddresses > 0 && t('more', { count: moreAddresses })}>
      {addresses.map(({ address, isOther, requests, refused, lastAt }) => (
        <UsageRow
          key={address ?? (isOther ? 'other' : 'unknown')}
          name={
            address ? (
              <Link
                href={`/audit?${new URLSearchParams({ token: tokenId, ip: address })}`}
                prefetch={false}
                className="-my-1 inline-block rounded-sm py-1 font-mono text-sm underline-offset-4 hover:underline"
              >
                {address}
              </Link>
            ) : (
              t(isOther ? 'other' : 'unknown')
            )
          }
          aside={
            <>
              <Time at={lastAt} />
              {refused > 0 && ` · ${t('refused', { count: refused })}`}
            </>
          }
          count={requests}
          share={Math.min(1, requests / most)}
        />
      ))}
    </UsageList>
  );
}

/** What was asked for, and below it the way to a token that can do no more than that. */
function Scopes({ usage: { scopes, unusedScopes }, canNarrow }: { usage: Usage; canNarrow: boolean }) {
  const t = useTranslations('usage.scopes');
  const most = Math.max(1, scopes[0]?.requests ?? 1);
  const hint = unusedScopes.length > 0 && (
    <div className="grid justify-items-start gap-3">
      <p className="text-pretty">{t('hint', { count: unusedScopes.length })}</p>
      {canNarrow && <RemoveUnusedScopes scopes={unusedScopes} />}
    </div>
  );
  return (
    <UsageList title={t('title')} note={hint || t('note')}>
      {scopes.map(({ scope, requests, lastAt }) => (
        <UsageRow
          key={scope}
          name={<span className="font-mono text-sm">{scope}</span>}
          aside={
            <>
              {lastAt ? <Time at={lastAt} /> : t('never')}
              {unusedScopes.includes(scope) && (
                <span className="ml-2 inline-flex items-center gap-1 text-caution">
                  <Icon of={TriangleAlert} className="size-3.5" />
                  {t('unused')}
                </span>
              )}
            </>
          }
          count={requests}
          share={requests / most}
        />
      ))}
    </UsageList>
  );
}
