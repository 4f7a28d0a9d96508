'use client';

import { useTranslations } from 'next-intl';
import { browserName } from '@/components/profile/browser-name';
import { Badge } from '@/components/ui/badge';
import { Time } from '@/components/ui/time';
import type { SignInRow } from '@/lib/users/schema';

/** Somebody's newest sign-ins, the refused ones with their reason. */
export function SignIns({ rows }: { rows: SignInRow[] }) {
  const t = useTranslations('users.signIns');
  return (
    <section aria-labelledby="sign-ins">
      <h2 id="sign-ins" className="font-semibold text-lg">
        {t('title')}
      </h2>
      {rows.length === 0 ? (
        <p className="mt-1 text-muted">{t('none')}</p>
      ) : (
        <ul className="mt-3 border-line border-t">
          {rows.map((row) => (
            <li key={row.id} className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-2 py-2">
              <span className="w-44">
                <Badge tone={row.ok ? 'good' : 'caution'}>{row.ok ? t('ok') : t(reasonOf(row.reason))}</Badge>
              </span>
              <Time at={row.at} className="w-36" />
              <span className="w-40 font-mono text-muted text-xs">{row.ip}</span>
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
