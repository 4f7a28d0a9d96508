'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';

type Props = {
  label: string;
  /** In seconds; 0: not at all. */
  value: number;
  onChoose: (seconds: number) => void;
  /** What can be chosen. */
  choices: readonly number[];
  /** Whether it may also be none. */
  optional?: boolean;
  /** What comes of the choice. */
  children: ReactNode;
};

/** How long a replaced value goes on working, and what that means, spelled out as one chooses. */
export function GraceField({ label, value, onChoose, choices, optional = false, children }: Props) {
  const t = useTranslations('tokens.grace');
  return (
    <div className="grid gap-2">
      <Field name="graceSeconds" label={label}>
        {(control) => (
          <Select {...control} value={value} onChange={(event) => onChoose(Number(event.target.value))}>
            {optional && <option value={0}>{t('none')}</option>}
            {choices.map((seconds) => (
              <option key={seconds} value={seconds}>
                {t('hours', { count: seconds / 3600 })}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <p aria-live="polite" className="text-pretty text-muted text-sm">
        {children}
      </p>
    </div>
  );
}

/** How these sentences stress their moment. */
export function Moment(words: ReactNode) {
  return <strong className="numbers font-medium text-ink">{words}</strong>;
}
