'use client';

import { useTranslations } from 'next-intl';
import { useEventWords, useReasonWords } from '@/components/audit/use-event-words';
import type { AuditFilterName, AuditReason, EventKind, Outcome } from '@/lib/audit/schema';
import { isSystem } from '@/lib/audit/search';

/** The words for what a filter is set to. */
export function useFilterWords(): (name: AuditFilterName, value: string) => string {
  const t = useTranslations('audit');
  const { title } = useEventWords();
  const reason = useReasonWords();
  const words: Partial<Record<AuditFilterName, (value: string) => string>> = {
    kind: (value) => t(`kinds.${value as EventKind}`),
    event: title,
    actor: (value) => (isSystem(value) ? t('system') : value),
    reason: (value) => reason(value as AuditReason),
    outcome: (value) => t(`outcomes.${value as Outcome}`),
    range: (value) => t(`filters.ranges.${value as '1h'}`),
  };
  return (name, value) => words[name]?.(value) ?? value;
}
