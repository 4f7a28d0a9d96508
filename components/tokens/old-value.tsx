'use client';

import Link from 'next/link';
import { useFormatter, useTimeZone, useTranslations } from 'next-intl';
import { useCallback, useRef, useState } from 'react';
import { ExtendGraceDialog } from '@/components/tokens/extend-grace-dialog';
import { FinishGraceDialog } from '@/components/tokens/finish-grace-dialog';
import { Moment } from '@/components/tokens/grace-field';
import { OldValueUses } from '@/components/tokens/old-value-uses';
import type { OldValueActions, TokenRights } from '@/components/tokens/types';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { Time, useRelativeTime } from '@/components/ui/time';
import { useFresh } from '@/components/ui/use-fresh';
import type { OldValue, TokenRow } from '@/lib/tokens/schema';

type Props = { oldValue: OldValue; token: TokenRow; rights: TokenRights; actions: OldValueActions };

/**
 * What became of the value from before a token was regenerated: until when it works and who still uses it, live; then, whether
 * anybody tries it. A part of the token's page.
 */
export function OldValuePanel({ oldValue, token, rights, actions }: Props) {
  const t = useTranslations('tokens.oldValue');
  const [open, setOpen] = useState<'finish' | 'extend' | null>(null);
  const read = useCallback(async () => {
    const result = await actions.read({ id: token.id });
    // Whatever is gone altogether: the page as it was says more.
    return result.ok && !result.data
      ? ({ ok: false, error: { code: 'not_found' } } as const)
      : (result as typeof result & { data: OldValue });
  }, [actions, token.id]);
  const { value: old, failed } = useFresh(oldValue, read, isAlive);
  const heading = useRef<HTMLHeadingElement>(null);
  const close = () => setOpen(null);
  const canExtend = old.until < old.notAfter;
  const dialog = { oldValue: old, token, actions, onClose: close };

  return (
    <section id="old-value" aria-labelledby="old-value-title" className="grid scroll-mt-16 grid-cols-1 gap-4 border-line border-t pt-6">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid min-w-0 grow basis-72 gap-1">
          <h2 ref={heading} id="old-value-title" tabIndex={-1} className="font-semibold text-lg outline-none">
            {t('title')}
          </h2>
          <p className="max-w-[68ch] text-pretty text-muted">
            <Fate of={old} isDeleted={token.status === 'deleted'} />
          </p>
        </div>
        {old.isAlive && rights !== 'read' && (
          <div className="flex gap-2">
            {canExtend && <Button onClick={() => setOpen('extend')}>{t('extend')}</Button>}
            <Button onClick={() => setOpen('finish')}>{t('finish')}</Button>
          </div>
        )}
      </header>
      {old.isAlive && token.suspendedAt && <Notice tone="info">{t('suspended')}</Notice>}
      {old.tries && <TriesNotice oldValue={old} token={token} />}
      {old.graceUntil && <OldValueUses oldValue={old} failed={failed} />}
      {open === 'finish' && <FinishGraceDialog {...dialog} fallbackFocus={heading} />}
      {open === 'extend' && <ExtendGraceDialog {...dialog} />}
    </section>
  );
}

function Fate({ of: { hint, replacedAt, until, isAlive, graceUntil }, isDeleted }: { of: OldValue; isDeleted: boolean }) {
  const t = useTranslations('tokens.oldValue');
  const format = useFormatter();
  const zone = useTimeZone() ?? 'UTC';
  if (isDeleted) return t.rich('deleted', { when: () => <Time at={until} /> });
  const words = {
    hint: () => <span className={hint ? 'font-mono text-sm' : undefined}>{hint ?? t('someValue')}</span>,
    replaced: () => <Time at={replacedAt ?? until} />,
    when: () => <Time at={until} />,
    moment: format.dateTime(new Date(until), 'short'),
    zone,
    b: Moment,
  };
  if (isAlive) return t.rich('alive', words);
  return t.rich(graceUntil ? 'ended' : 'endedAtOnce', words);
}

function TriesNotice({ oldValue: { tries, until }, token }: { oldValue: OldValue; token: TokenRow }) {
  const t = useTranslations('tokens.oldValue');
  const relative = useRelativeTime();
  if (!tries) return null;
  const { count, more, at, ip } = tries;
  const words = { count, when: relative(at), ip: ip ?? t('unknownAddress') };
  const text =
    token.status === 'deleted' ? t(more ? 'triedDeletedAtLeast' : 'triedDeleted', words) : t(more ? 'triedAtLeast' : 'tried', words);
  return (
    <Notice tone="caution">
      <span suppressHydrationWarning>{text}</span>{' '}
      <Link
        href={`/audit?event=token.refused&token=${token.id}&from=${encodeURIComponent(until)}`}
        prefetch={false}
        className="rounded-sm font-medium underline underline-offset-4"
      >
        {t('showTries')}
      </Link>
    </Notice>
  );
}

const isAlive = (oldValue: OldValue) => oldValue.isAlive;
