'use client';

import { useTranslations } from 'next-intl';
import { FilterSelect } from '@/components/table/filters';
import type { AuditRange } from '@/lib/audit/schema';
import { auditRanges } from '@/lib/audit/values';

const CUSTOM = 'custom';

type Props = {
  value: string;
  /** Whether "From" or "To" is set: a range of the person's own. */
  custom: boolean;
  problem: boolean;
  describedBy?: string;
  onChoose: (range: string) => void;
  className?: string;
};

/** How far back the log is shown. */
export function RangeSelect({ value, custom, problem, describedBy, onChoose, className }: Props) {
  const t = useTranslations('audit.filters');
  return (
    <FilterSelect
      label={t('range')}
      value={custom && value === '' ? CUSTOM : value}
      aria-invalid={problem ? true : undefined}
      aria-describedby={describedBy}
      onChoose={onChoose}
      className={className}
    >
      <option value="">{t('ranges.all')}</option>
      {(Object.keys(auditRanges) as AuditRange[]).map((range) => (
        <option key={range} value={range}>
          {t(`ranges.${range}`)}
        </option>
      ))}
      {problem && <option value={value}>{value}</option>}
      {custom && value === '' && <option value={CUSTOM}>{t('ranges.custom')}</option>}
    </FilterSelect>
  );
}
