'use client';

import { useRouter } from 'next/navigation';
import { useTimeZone } from 'next-intl';
import { useEffect } from 'react';
import { keepPreference } from '@/components/ui/preference';
import { ZONE_COOKIE } from '@/lib/i18n/zone';

/** Tells the server the browser's time zone, for people who have not chosen one; at sign-in at the latest. */
export function ZoneReporter() {
  const router = useRouter();
  const shown = useTimeZone();

  useEffect(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || zone === shown || document.cookie.includes(`${ZONE_COOKIE}=${encodeURIComponent(zone)}`)) return;
    const report = () => {
      keepPreference(ZONE_COOKIE, encodeURIComponent(zone));
      router.refresh();
    };
    // Not into a page that is still coming: what it brings would stand there twice for a moment.
    if (document.readyState === 'complete') return report();
    window.addEventListener('load', report, { once: true });
    return () => window.removeEventListener('load', report);
  }, [router, shown]);

  return null;
}
