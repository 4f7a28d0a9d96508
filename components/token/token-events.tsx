'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { OutcomeName } from '@/components/audit/cells';
import { useEventWords } from '@/components/audit/use-event-words';
import { Section } from '@/components/ui/section';
import { Time } from '@/components/ui/time';
import type { AuditRow } from '@/lib/audit/schema';

/** The newest events of a token, each with the way to its details; the log has the rest. */
export function TokenEvents({ rows, tokenId }: { rows: AuditRow[]; tokenId: string }) {
  const t = useTranslations('token.events');
  const { title } = useEventWords();
  const log = `/audit?token=${tokenId}`;
  return (
    <Section
      id="events"
      title={t('title')}
      action={
        <Link href={log} className="rounded-sm text-muted underline-offset-4 hover:text-ink hover:underline">
          {t('all')}
        </Link>
      }
    >
      {rows.length === 0 ? (
        <p className="text-muted">{t('none')}</p>
      ) : (
        <ul className="border-line border-t">
          {rows.map((row) => (
            <li
              key={row.id}
              className="grid min-h-11 grid-cols-2 items-center gap-x-4 gap-y-1 border-line border-b px-2 py-2 sm:grid-cols-[1.2fr_1fr_2.4fr_1fr_1fr]"
            >
              <Link href={`${log}&id=${row.id}`} prefetch={false} className="rounded-sm font-medium underline-offset-4 hover:underline">
                {title(row.event)}
              </Link>
              <OutcomeName row={row} />
              <span className="min-w-0 truncate text-muted">{row.actorType === 'token' ? row.request : row.actor?.name}</span>
              <span className="font-mono text-muted text-xs">{row.ip}</span>
              <Time at={row.at} className="sm:justify-self-end" />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
