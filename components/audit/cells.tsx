'use client';

import clsx from 'clsx';
import { Cog, KeyRound, UserRound } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import { Inert } from '@/components/audit/inert';
import { useEventWords } from '@/components/audit/use-event-words';
import { Badge } from '@/components/ui/badge';
import { Icon } from '@/components/ui/icon';
import type { AuditRow } from '@/lib/audit/schema';
import { inertText } from '@/lib/inert';

// As much of a name as the table has room for.
const NAME = 'max-w-28 @4xl:max-w-36 @5xl:max-w-48 max-sm:max-w-full';

const actorIcons = { user: UserRound, token: KeyRound, system: Cog };

/** A moment to the second; the zone is named under the table. */
export function LogTime({ at }: { at: string }) {
  const format = useFormatter();
  const moment = new Date(at);
  return (
    <time dateTime={at} className="numbers">
      <span className="sm:block">{format.dateTime(moment, 'clock')}</span>{' '}
      <span className="text-muted sm:block sm:text-xs">{format.dateTime(moment, 'day')}</span>
    </time>
  );
}

/** What happened, in words that open its details, and its code. */
export function EventName({ row, onOpen }: { row: AuditRow; onOpen: (row: AuditRow) => void }) {
  const { title } = useEventWords();
  return (
    <div className="grid min-w-0 justify-items-start">
      <button
        type="button"
        id={`event-${row.id}`}
        aria-haspopup="dialog"
        onClick={() => onOpen(row)}
        className="max-w-full truncate rounded-sm text-left font-medium underline-offset-4 hover:underline max-sm:whitespace-normal"
      >
        {title(row.event)}
      </button>
      <span className="font-mono text-muted text-xs">{row.event}</span>
    </div>
  );
}

/** Who acted; `profiles`: with a link to them. */
export function ActorName({ row, profiles }: { row: AuditRow; profiles: boolean }) {
  const t = useTranslations('audit');
  const { actor, target } = row;
  const name = actor?.name ?? t(row.actorType === 'system' ? 'system' : 'nobody');
  return (
    <div className="flex min-w-0 gap-2">
      <Icon of={actorIcons[row.actorType]} className="mt-0.5 text-muted" />
      <div className="min-w-0">
        <p className={clsx(NAME, 'truncate')} title={actor?.email}>
          {actor && profiles ? (
            <Link href={`/users/${actor.id}`} prefetch={false} className="rounded-sm underline-offset-4 hover:underline">
              {name}
            </Link>
          ) : (
            name
          )}
          {row.actorType === 'token' && <span className="sr-only"> ({t('byToken')})</span>}
        </p>
        {target && <p className={clsx(NAME, 'truncate text-muted text-xs')}>{t('concerning', { name: target.name })}</p>}
      </div>
    </div>
  );
}

export function TokenName({ token }: Pick<AuditRow, 'token'>) {
  const t = useTranslations('audit');
  if (!token) return <Absent />;
  return (
    <div className="min-w-0">
      <p className={clsx(NAME, 'truncate')} title={token.name}>
        {token.name}
      </p>
      <p className="text-muted text-xs">
        <span className="font-mono">{token.hint}</span>
        {token.deleted && <> · {t('deletedToken')}</>}
      </p>
    </div>
  );
}

export function OutcomeName({ row }: { row: AuditRow }) {
  const t = useTranslations('audit');
  const { reason } = useEventWords();
  return (
    <div className="grid min-w-0 justify-items-start">
      <span className="flex items-center gap-1.5">
        <Badge tone={row.outcome === 'ok' ? 'good' : 'danger'}>{t(`outcomes.${row.outcome}`)}</Badge>
        {row.count > 1 && <span className="numbers text-sm">{t('times', { count: row.count })}</span>}
      </span>
      {row.reason && (
        <span className="w-max max-w-36 text-pretty pl-1 text-muted text-xs max-sm:w-auto max-sm:max-w-none sm:whitespace-normal">
          {reason(row)}
        </span>
      )}
    </div>
  );
}

// The longest address that is shown on one line; most IPv6 addresses take two.
const ONE_LINE = 22;

export function Address({ ip }: Pick<AuditRow, 'ip'>) {
  if (!ip) return <Absent />;
  return (
    <span className={clsx('font-mono', ip.length > ONE_LINE ? 'inline-block w-[22ch] whitespace-normal break-all text-xs' : 'text-sm')}>
      {ip}
    </span>
  );
}

/** As much of a text, maybe a stranger's, as a column has room for; all of it on hover, and in the details. */
export function Brief({ text, code = false }: { text: string | null | undefined; code?: boolean }) {
  if (!text) return <Absent />;
  return (
    <span className={clsx('block max-w-56 truncate max-sm:max-w-full', code && 'font-mono text-xs')} title={inertText(text)}>
      <Inert text={text} />
    </span>
  );
}

/** Nothing to say, for eyes and for screen readers. */
export function Absent() {
  const t = useTranslations('audit');
  return (
    <span className="text-faint">
      <span aria-hidden="true">–</span>
      <span className="sr-only">{t('none')}</span>
    </span>
  );
}
