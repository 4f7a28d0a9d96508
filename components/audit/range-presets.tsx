'use client';

import clsx from 'clsx';
import { useTranslations } from 'next-intl';
import type { AuditRange } from '@/lib/audit/schema';
import { auditRanges } from '@/lib/audit/values';

type Props = {
  value: string;
  /** Whether the person chose a range of their own. */
  custom: boolean;
  onChoose: (range: AuditRange | '') => void;
};

const presets = ['', ...(Object.keys(auditRanges) as AuditRange[])] as const;

/** How far back the log is shown. */
export function RangePresets({ value, custom, onChoose }: Props) {
  const t = useTranslations('audit.filters');
  return (
    <fieldset className="inline-flex h-8 items-center rounded-md border border-control bg-surface p-0.5 max-sm:h-10 max-sm:w-full">
      <legend className="sr-only">{t('range')}</legend>
      {presets.map((preset) => {
        const pressed = preset === value && !(preset === '' && custom);
        return (
          <button
            key={preset}
            type="button"
            aria-pressed={pressed}
            onClick={() => onChoose(preset)}
            className={clsx(
              'h-full grow whitespace-nowrap rounded-sm px-2.5 transition-colors max-sm:px-1',
              pressed ? 'bg-pressed font-medium text-ink' : 'text-muted hover:text-ink',
            )}
          >
            {t(`ranges.${preset || 'all'}`)}
          </button>
        );
      })}
    </fieldset>
  );
}
