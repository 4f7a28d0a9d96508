'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { limitFrom, quotaFrom, type WindowName, windowName, windows } from '@/components/tokens/limit';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import type { TokenLimit, TokenQuota } from '@/lib/tokens/schema';

type Props = {
  current: TokenLimit | null;
  /** What it means to leave it empty. */
  hint: string;
  onLimit?: (limit: TokenLimit | null) => void;
};

/** How often a token may be used. */
export function LimitField({ current, hint, onLimit }: Props) {
  const t = useTranslations('access');
  return (
    <NumberPer
      name="limit"
      unitName="limitWindow"
      label={t('limit')}
      unitLabel={t('window')}
      hint={hint}
      number={current?.requests}
      unit={windowName(current)}
      units={Object.keys(windows) as WindowName[]}
      onChange={(text, window) => onLimit?.(limitFrom(text, window) ?? null)}
    />
  );
}

/** How often a token may be used in a calendar day or month. */
export function QuotaField({ current, onQuota }: { current: TokenQuota | null; onQuota: (quota: TokenQuota | null) => void }) {
  const t = useTranslations('access');
  return (
    <NumberPer
      name="quota"
      unitName="quotaPeriod"
      label={t('quota')}
      unitLabel={t('period')}
      hint={t('quotaHint')}
      number={current?.requests}
      unit={current?.period ?? 'month'}
      units={['day', 'month']}
      onChange={(text, period) => onQuota(quotaFrom(text, period) ?? null)}
    />
  );
}

type NumberPerProps<Unit> = {
  name: string;
  unitName: string;
  label: string;
  unitLabel: string;
  hint: string;
  number: number | undefined;
  unit: Unit;
  units: readonly Unit[];
  onChange: (text: string, unit: Unit) => void;
};

/** So many per unit of time. A text rather than a number field: that one hides from the form what it cannot read. */
function NumberPer<Unit extends WindowName | 'month'>({ name, label, hint, onChange, ...props }: NumberPerProps<Unit>) {
  const t = useTranslations('access');
  const [typed, setTyped] = useState(props.number === undefined ? '' : String(props.number));
  const [unit, setUnit] = useState(props.unit);

  function change(text: string, per: Unit) {
    setTyped(text);
    setUnit(per);
    onChange(text, per);
  }

  return (
    <Field name={name} label={label} hint={hint}>
      {(control) => (
        <div className="grid grid-cols-2 gap-3">
          <Input
            {...control}
            inputMode="numeric"
            autoComplete="off"
            maxLength={20}
            className="numbers"
            value={typed}
            onChange={(event) => change(event.target.value, unit)}
          />
          <Select
            name={props.unitName}
            aria-label={props.unitLabel}
            value={unit}
            onChange={(event) => change(typed, event.target.value as Unit)}
          >
            {props.units.map((one) => (
              <option key={one} value={one}>
                {t(`per.${one as WindowName | 'month'}`)}
              </option>
            ))}
          </Select>
        </div>
      )}
    </Field>
  );
}
