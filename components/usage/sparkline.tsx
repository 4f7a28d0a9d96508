'use client';

import { useTranslations } from 'next-intl';
import { createContext } from 'react';
import { Bars } from '@/components/usage/bars';
import type { UsageWeek } from '@/lib/usage/schema';

/** The last seven days of the tokens of a list, by their ids; a token without any use is not in it. */
export const TokenWeeks = createContext<Record<string, UsageWeek>>({});

/** A token's last seven days, as small as a word. */
export function Sparkline({ week }: { week: UsageWeek | undefined }) {
  const t = useTranslations('usage.week');
  if (!week) return <span className="text-muted">{t('none')}</span>;
  const parts = week.allowed.map((allowed, day) => ({ allowed, refused: week.refused[day] ?? 0 }));
  const total = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0);
  const refused = total(week.refused);
  const label = t('label', { requests: total(week.allowed) + refused, refused });
  return (
    <span data-tip={label} className="inline-block border-line border-b align-middle">
      <Bars
        parts={parts}
        ceiling={Math.max(1, ...parts.map((part) => part.allowed + part.refused))}
        label={label}
        className="block h-5 w-16"
      />
    </span>
  );
}
