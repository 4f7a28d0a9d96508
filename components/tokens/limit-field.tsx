'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { limitFrom, type WindowName, windowName, windows } from '@/components/tokens/limit';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import type { TokenLimit } from '@/lib/tokens/schema';

type Props = {
  current: TokenLimit | null;
  /** What it means to leave it empty. */
  hint: string;
  onLimit?: (limit: TokenLimit | null) => void;
};

/** How often a token may be used. A text rather than a number field: that one hides from the form what it cannot read. */
export function LimitField({ current, hint, onLimit }: Props) {
  const t = useTranslations('tokens.access');
  const [typed, setTyped] = useState(current ? String(current.requests) : '');
  const [window, setWindow] = useState<WindowName>(windowName(current));

  function change(text: string, name: WindowName) {
    setTyped(text);
    setWindow(name);
    onLimit?.(limitFrom(text, name) ?? null);
  }

  return (
    <Field name="limit" label={t('limit')} hint={hint}>
      {(control) => (
        <div className="grid grid-cols-2 gap-3">
          <Input
            {...control}
            inputMode="numeric"
            autoComplete="off"
            maxLength={20}
            className="numbers"
            value={typed}
            onChange={(event) => change(event.target.value, window)}
          />
          <Select
            name="limitWindow"
            aria-label={t('window')}
            value={window}
            onChange={(event) => change(typed, event.target.value as WindowName)}
          >
            {(Object.keys(windows) as WindowName[]).map((name) => (
              <option key={name} value={name}>
                {t(`per.${name}`)}
              </option>
            ))}
          </Select>
        </div>
      )}
    </Field>
  );
}
