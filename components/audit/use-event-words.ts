'use client';

import { useTranslations } from 'next-intl';
import type { AuditRow } from '@/lib/audit/schema';

/** The words for what happened and why; for what a newer version wrote, its code. */
export function useEventWords() {
  const t = useTranslations('audit');

  function title(event: string): string {
    const key = `events.${event}`;
    return isKey(key) ? t(key) : event;
  }

  /** "Unknown" means something else of a token than of an account, and what a known token lacks is its proof. */
  function reason({ event, reason: code, token }: Pick<AuditRow, 'event' | 'reason' | 'token'>): string | null {
    if (!code) return null;
    if (code === 'malformed' && token) return t('reasons.token.unproven');
    const key = `reasons.${event.split('.')[0]}.${code}`;
    return isKey(key) ? t(key) : code;
  }

  function isKey(key: string): key is Parameters<typeof t.has>[0] {
    return t.has(key as Parameters<typeof t.has>[0]);
  }

  return { title, reason };
}
