'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { LimitRefused, LimitUsed } from '@/components/token/limit-used';
import { useLimitWords, useQuotaWords } from '@/components/tokens/access-summary';
import { useReceiptWords } from '@/components/ui/receipt';
import { Time } from '@/components/ui/time';
import type { Receipt } from '@/lib/instances/schema';
import type { QuotaUse, TokenLimit, TokenRow } from '@/lib/tokens/schema';
import type { LimitUse } from '@/lib/usage/schema';

type Props = {
  token: TokenRow;
  withOwner: boolean;
  receipt: Receipt | null;
  defaultLimit: TokenLimit | null;
  limitUse: LimitUse;
  quotaUse: QuotaUse | null;
};

/** When and where a token lives, and what it is narrowed to. `withOwner`: whose it is; `receipt`: since when its newest change holds; `defaultLimit`: of tokens without one of their own. */
export function TokenFacts({ token, withOwner, receipt, defaultLimit, limitUse, quotaUse }: Props) {
  const t = useTranslations('token.facts');
  const tokens = useTranslations('tokens');
  const access = useTranslations('access');
  const limitWords = useLimitWords();
  const quotaWords = useQuotaWords();
  const { limit } = token;
  const held = limit ?? defaultLimit;
  const words = useReceiptWords(token.status === 'deleted' || token.status === 'suspended' ? 'refused' : 'inForce');
  return (
    <dl className="grid grid-cols-2 gap-x-8 gap-y-5 border-line border-t pt-6 lg:grid-cols-3">
      {withOwner && (
        <Fact label={t('owner')}>
          {token.owner.name} <span className="text-muted">{token.owner.email}</span>
        </Fact>
      )}
      <Fact label={tokens('columns.created')}>
        <Time at={token.createdAt} />
      </Fact>
      <Fact label={tokens('columns.expires')}>{token.expiresAt ? <Time at={token.expiresAt} /> : tokens('noExpiration')}</Fact>
      <Fact label={tokens('columns.lastUsed')}>
        {token.lastUsedAt ? <Time at={token.lastUsedAt} /> : tokens('neverUsed')}
        {token.lastUsedIp && <span className="ml-2 font-mono text-muted text-sm">{token.lastUsedIp}</span>}
      </Fact>
      {token.suspendedAt && (
        <Fact label={t('suspended')}>
          <Time at={token.suspendedAt} />
          {token.suspendedReason && <span className="block text-muted">{token.suspendedReason}</span>}
        </Fact>
      )}
      {receipt && receipt.instances > 0 && (
        <Fact label={t('changed')}>
          <Time at={receipt.at} />
          <span className="numbers block text-muted">{words(receipt)}</span>
        </Fact>
      )}
      <Fact label={access('limit')}>
        {limit ? limitWords(limit) : defaultLimit ? t('defaultLimit', { limit: limitWords(defaultLimit) }) : t('noLimit')}
        {held && <LimitUsed limit={held} use={limitUse} />}
        {(held || token.quota) && <LimitRefused tokenId={token.id} count={limitUse.refused} />}
      </Fact>
      <Fact label={t('key')}>
        {token.boundThumbprint ? <span className="break-all font-mono text-sm">{token.boundThumbprint}</span> : t('noKey')}
      </Fact>
      {token.quota && quotaUse && (
        <Fact label={t('quota')}>
          <span className="numbers">{t('quotaUse', { used: quotaUse.used, quota: quotaWords(token.quota) })}</span>
          <meter
            className="mt-1.5 block h-1.5 w-full max-w-60"
            min={0}
            max={token.quota.requests}
            high={token.quota.requests * 0.9}
            value={quotaUse.used}
            aria-label={t('quotaUse', { used: quotaUse.used, quota: quotaWords(token.quota) })}
          />
          <span className="mt-1 block text-muted text-sm">
            {t('quotaEnds')} <Time at={quotaUse.endsAt} />
          </span>
        </Fact>
      )}
      <Fact label={access('scopes')}>{token.scopes.length > 0 ? <Chips texts={token.scopes} /> : t('noScopes')}</Fact>
      <Fact label={access('addresses')}>{token.ipAllowList.length > 0 ? <Chips texts={token.ipAllowList} /> : t('anyAddress')}</Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-sm">{label}</dt>
      <dd className="mt-1">{children}</dd>
    </div>
  );
}

function Chips({ texts }: { texts: string[] }) {
  return (
    <ul className="flex flex-wrap gap-1.5">
      {texts.map((text) => (
        <li key={text} className="rounded-sm border border-line bg-surface px-1.5 font-mono text-sm">
          {text}
        </li>
      ))}
    </ul>
  );
}
