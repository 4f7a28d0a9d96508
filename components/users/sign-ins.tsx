'use client';

import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { browserName } from '@/components/profile/browser-name';
import { Badge } from '@/components/ui/badge';
import { Time } from '@/components/ui/time';
import type { SignInRow } from '@/lib/users/schema';

/** Somebody's newest sign-ins, the refused ones with their reason; the log has the rest of what they did. */
export function SignIns({ rows, logHref }: { rows: SignInRow[]; logHref: string }) {
  const t = useTranslations('users.signIns');
  return (
    <section aria-labelledby="sign-ins">
      <header className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h2 id="sign-ins" className="font-semibold text-lg">
          {t('title')}
        </h2>
        <Link href={logHref} className="rounded-sm text-muted underline-offset-4 hover:text-ink hover:underline">
          {t('all')}
        </Link>
      </header>
      {rows.length === 0 ? (
        <p className="mt-1 text-muted">{t('none')}</p>
      ) : (
        <ul className="mt-3 border-line border-t">
          {rows.map((row) => (
            <li
              key={row.id}
              className="grid min-h-11 grid-cols-2 items-center gap-x-4 gap-y-1 border-line border-b px-2 py-2 sm:grid-cols-[2fr_1.5fr_1.5fr_1.5fr]"
            >
              <Badge tone={row.ok ? 'good' : 'caution'}>{row.ok ? t('ok') : t(reasonOf(row.reason))}</Badge>
              <Time at={row.at} className="justify-self-start" />
              <span className="font-mono text-muted text-xs">{row.ip}</span>
              <span className="min-w-0 truncate text-muted" title={row.userAgent ?? undefined}>
                {browserName(row.userAgent) ?? t('unknownBrowser')}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const reasons = ['wrong_password', 'disabled', 'throttled'] as const;

function reasonOf(reason: string | null): (typeof reasons)[number] | 'refused' {
  return reasons.find((known) => known === reason) ?? 'refused';
}
