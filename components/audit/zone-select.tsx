'use client';

import { useTranslations } from 'next-intl';
import { FilterSelect } from '@/components/table/filters';

type Props = {
  value: string;
  /** The person's own zone. */
  own: string;
  problem: boolean;
  describedBy?: string;
  onChoose: (zone: string) => void;
  className?: string;
};

/** On whose clocks moments are shown and dates are meant. */
export function ZoneSelect({ value, own, problem, describedBy, onChoose, className }: Props) {
  const t = useTranslations('audit.filters');
  const isUtc = value.trim().toUpperCase() === 'UTC';
  if (own === 'UTC' && !problem) return null;
  return (
    <FilterSelect
      label={t('zone')}
      value={isUtc ? 'UTC' : value}
      aria-invalid={problem ? true : undefined}
      aria-describedby={describedBy}
      onChoose={onChoose}
      className={className}
    >
      <option value="">{own.replaceAll('_', ' ')}</option>
      <option value="UTC">UTC</option>
      {problem && <option value={value}>{value}</option>}
    </FilterSelect>
  );
}
