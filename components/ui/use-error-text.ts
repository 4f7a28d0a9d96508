'use client';

import { useTranslations } from 'next-intl';
import type { ActionError } from '@/lib/action';

/** Puts a refusal into words. */
export function useErrorText(): (error: ActionError) => string {
  const t = useTranslations('errors');
  return ({ code, rule, values, requestId }) => {
    const text = rule
      ? t(`rules.${rule}`, { text: '', network: '', least: 0, most: 0, ...values })
      : t(code, { name: '', email: '', minutes: 15, ...values });
    return code === 'unexpected' && requestId ? `${text} (${requestId})` : text;
  };
}
