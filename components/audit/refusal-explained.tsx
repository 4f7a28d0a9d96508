'use client';

import clsx from 'clsx';
import { Check, CircleAlert, Minus } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Inert } from '@/components/audit/inert';
import { Part } from '@/components/audit/part';
import { useLimitWords, useQuotaWords } from '@/components/tokens/access-summary';
import { buttonClass } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { Notice } from '@/components/ui/notice';
import { ExactTime } from '@/components/ui/time';
import type { Advice, AuditRow, GateCheck, RefusalExplanation, TokenState } from '@/lib/audit/schema';
import type { TokenLimit, TokenQuota } from '@/lib/tokens/schema';

type Props = { of: RefusalExplanation; row: AuditRow; tokenHref: string | null };

/** How each check of the gate went, what would let a request like this one pass, and what the token was at that moment. */
export function RefusalExplained({ of: { checks, was, unknown, replacedAt, graceUntil, agrees, advice }, row, tokenHref }: Props) {
  const t = useTranslations('audit.why');
  if (checks.length === 0) return null;
  return (
    <Part title={t('title')}>
      <p className="text-muted text-sm">{t('intro')}</p>
      <ol className="grid gap-1">
        {checks.map((check) => (
          <CheckLine key={check.check} {...check} />
        ))}
      </ol>
      {advice && (
        <div className="mt-2 grid gap-2 rounded-md border border-info-line bg-info-soft px-3 py-2.5">
          <h4 className="font-medium text-info text-sm">{t('todo')}</h4>
          <p className="text-pretty">
            <AdviceWords {...advice} />
          </p>
          {tokenHref && (
            <Link href={tokenHref} prefetch={false} className={buttonClass('secondary', 'justify-self-start')}>
              {t('open')}
            </Link>
          )}
        </div>
      )}
      {was && (
        <>
          <h4 className="mt-2 font-medium text-sm">{t('state')}</h4>
          {!agrees && <Notice tone="info">{t('disagrees')}</Notice>}
          <State of={was} generation={row.generation} replacedAt={replacedAt} graceUntil={graceUntil} />
        </>
      )}
      {unknown && (
        <>
          <h4 className="mt-2 font-medium text-sm">{t('state')}</h4>
          <p className="text-muted text-sm">{t(`unknown.${unknown}`)}</p>
        </>
      )}
    </Part>
  );
}

const looks = {
  passed: { icon: Check, className: 'text-good' },
  failed: { icon: CircleAlert, className: 'text-danger' },
  not_reached: { icon: Minus, className: 'text-faint' },
};

function CheckLine({ check, result }: GateCheck) {
  const t = useTranslations('audit.why');
  const { icon, className } = looks[result];
  return (
    <li
      className={clsx(
        'flex items-start gap-2 rounded-md px-2 py-0.5',
        result === 'failed' && 'bg-danger-soft py-1.5 font-medium text-danger',
        result === 'not_reached' && 'text-faint',
      )}
    >
      <Icon of={icon} className={clsx('mt-0.5', className)} />
      <span className="min-w-0 grow">{t(`checks.${check}`)}</span>
      <span className={clsx('shrink-0 text-sm', className)}>{t(`results.${result}`)}</span>
    </li>
  );
}

function AdviceWords({ kind, address, network = '', missing = [] }: Advice) {
  const t = useTranslations('audit.why.advice');
  if (kind === 'scope' && missing.length > 0) return t('scopeNamed', { scopes: missing.join(' ') });
  if (kind !== 'address') return t(kind);
  return address ? t('address', { address, network }) : t('addressUnknown');
}

type StateProps = { of: TokenState; generation: number | null; replacedAt: string | null; graceUntil: string | null };

function State({ of: state, generation, replacedAt, graceUntil }: StateProps) {
  const t = useTranslations('audit.why');
  const limitWords = useLimitWords();
  const quotaWords = useQuotaWords();
  const own = limitOf(state.limitRequests, state.limitWindowSeconds);
  const general = limitOf(state.defaultLimitRequests, state.defaultLimitWindowSeconds);
  return (
    <dl className="grid gap-y-1.5">
      <Fact label={t('expires')}>{state.expiresAt ? <ExactTime at={state.expiresAt} /> : t('never')}</Fact>
      <Fact label={t('scopes')}>{list(state.scopes) ?? t('noScopes')}</Fact>
      <Fact label={t('addresses')}>{list(state.ipAllowList) ?? t('anyAddress')}</Fact>
      <Fact label={t('limit')}>{own ? limitWords(own) : general ? t('limitDefault', { limit: limitWords(general) }) : t('noLimit')}</Fact>
      {state.quotaRequests !== null && state.quotaPeriod !== null && (
        <Fact label={t('quota')}>{quotaWords({ requests: state.quotaRequests, period: state.quotaPeriod as TokenQuota['period'] })}</Fact>
      )}
      {state.boundThumbprint && (
        <Fact label={t('bound')}>
          <span className="font-mono text-sm wrap-anywhere">{state.boundThumbprint}</span>
        </Fact>
      )}
      {state.isSuspended && (
        <Fact label={t('suspended')}>{state.suspendedReason ? <Inert text={state.suspendedReason} /> : t('suspended')}</Fact>
      )}
      <Fact label={t('value')}>
        {generation === null ? t('current', { number: state.generation }) : t('replaced', { number: generation, count: state.generation })}
      </Fact>
      {replacedAt && (
        <Fact label={t('replacedAt')}>
          <ExactTime at={replacedAt} />
        </Fact>
      )}
      {graceUntil && (
        <Fact label={t('graceUntil')}>
          <ExactTime at={graceUntil} />
        </Fact>
      )}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7.5rem_minmax(0,1fr)] gap-x-3">
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

function list(texts: string[]): ReactNode {
  return (texts.length > 0 && <span className="font-mono text-sm">{texts.join(' ')}</span>) || undefined;
}

function limitOf(requests: number | null, windowSeconds: number | null): TokenLimit | null {
  return requests === null || windowSeconds === null ? null : { requests, windowSeconds: windowSeconds as TokenLimit['windowSeconds'] };
}
