'use client';

import { useTranslations } from 'next-intl';
import { browserName } from '@/components/profile/browser-name';
import { Badge } from '@/components/ui/badge';
import { Form, SubmitButton } from '@/components/ui/form';
import { Time } from '@/components/ui/time';
import { notify } from '@/components/ui/toast';
import type { ActionResult } from '@/lib/action';
import type { SessionRow } from '@/lib/profile/schema';

type Props = { rows: SessionRow[]; endOthers: (input: Record<string, never>) => Promise<ActionResult<{ ended: number }>> };

/** Where one is signed in, and the way to end all of it but here. */
export function Sessions({ rows, endOthers }: Props) {
  const t = useTranslations('profile.sessions');
  return (
    <>
      <ul aria-labelledby="sessions" className="border-line border-t">
        {rows.map((row) => (
          <li
            key={`${row.createdAt} ${row.ip}`}
            className="grid items-center gap-x-6 gap-y-1 border-line border-b px-2 py-2 sm:grid-cols-[2fr_1.5fr_1.5fr]"
          >
            <div className="grid min-w-0 gap-0.5">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                <span className="min-w-0 truncate" title={row.userAgent ?? undefined}>
                  {browserName(row.userAgent) ?? t('unknownBrowser')}
                </span>
                {row.current && <Badge tone="info">{t('current')}</Badge>}
              </p>
              <p className="font-mono text-muted text-xs">{row.ip}</p>
            </div>
            <p className="text-muted">{t.rich('signedIn', { when: () => <Time at={row.createdAt} /> })}</p>
            <p className="text-muted">{t.rich('lastSeen', { when: () => <Time at={row.lastSeenAt} /> })}</p>
          </li>
        ))}
      </ul>
      <Form submit={() => endOthers({})} onDone={({ ended }) => notify(t('done', { count: ended }))}>
        <SubmitButton look="secondary" disabled={rows.length < 2}>
          {t('endOthers')}
        </SubmitButton>
      </Form>
    </>
  );
}
