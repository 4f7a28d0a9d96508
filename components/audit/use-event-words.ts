'use client';

import { useTranslations } from 'next-intl';
import type { AuditReason, AuditRow } from '@/lib/audit/schema';
import { auditReasons } from '@/lib/audit/values';

/** The words for what happened, one event or a group of them, and why; for what a newer version wrote, its code. */
export function useEventWords() {
  const t = useTranslations('audit');

  function title(event: string): string {
    const group = `groups.${event.slice(0, -'.*'.length)}`;
    if (event.endsWith('.*') && isKey(group)) return t('groupAll', { group: t(group) });
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

/** The words for a reason apart from an event; what tokens and accounts have in common has words of its own. */
export function useReasonWords(): (reason: AuditReason) => string {
  const t = useTranslations('audit');
  const { reason: words } = useEventWords();
  return (reason) => {
    if (reason === 'unknown') return t('filters.unknown');
    const groups = Object.keys(auditReasons) as (keyof typeof auditReasons)[];
    const group = groups.find((one) => auditReasons[one].some((known) => known === reason)) ?? 'token';
    return words({ event: `${group}.`, reason, token: null }) ?? reason;
  };
}
