'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { LogTime } from '@/components/audit/cells';
import { Part } from '@/components/audit/part';
import { useEventWords } from '@/components/audit/use-event-words';
import type { AuditQuery, AuditRow, EventContext } from '@/lib/audit/schema';

type Props = {
  row: AuditRow;
  context: EventContext;
  only: (filter: Partial<AuditQuery>) => string;
  open: (id: string) => string;
};

/** The others of the event's request, and those of its token before and after it. */
export function RelatedEvents({ row, context: { sameRequest, more, around }, only, open }: Props) {
  const t = useTranslations('audit.related');
  return (
    <>
      {sameRequest.length > 0 && (
        <Part title={t('request')} action={more && <All href={only({ request: row.requestId ?? '' })}>{t('requestAll')}</All>}>
          <Events rows={sameRequest} open={open} />
        </Part>
      )}
      {around.length > 0 && row.token && (
        <Part title={t('token')} action={<All href={only({ token: row.token.id })}>{t('tokenAll')}</All>}>
          <Events rows={around} open={open} than={row.id} />
        </Part>
      )}
    </>
  );
}

function All({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} prefetch={false} className="rounded-sm text-muted text-sm underline-offset-4 hover:text-ink hover:underline">
      {children}
    </Link>
  );
}

type EventsProps = { rows: AuditRow[]; open: (id: string) => string; than?: string };

/** `than`: says of each whether it came before that event or after it. */
function Events({ rows, open, than }: EventsProps) {
  const t = useTranslations('audit');
  const { title, reason } = useEventWords();
  return (
    <ul className="border-line border-t">
      {rows.map((row) => (
        <li key={row.id} className="flex items-start justify-between gap-3 border-line border-b py-2">
          <span className="min-w-0">
            <Link href={open(row.id)} scroll={false} prefetch={false} className="rounded-sm font-medium underline-offset-4 hover:underline">
              {title(row.event)}
            </Link>
            <span className="block text-muted text-sm">
              {than && `${t(row.id > than ? 'related.newer' : 'related.older')} · `}
              {reason(row) ?? t(`outcomes.${row.outcome}`)}
            </span>
          </span>
          <span className="shrink-0 text-right text-sm">
            <LogTime at={row.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
