'use client';

import { useTranslations } from 'next-intl';
import { useId } from 'react';
import type { ChangeRule } from '@/components/alerts/types';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';
import type { RuleName, RuleRow, ThresholdName } from '@/lib/alerts/schema';

type Props = { row: RuleRow; change: ChangeRule; onClose: () => void };

/** Changes one rule: whether it raises, whether it suspends, and its thresholds, each with its default and bounds. */
export function EditRule({ row, change, onClose }: Props) {
  const t = useTranslations('alerts');
  const label = useFieldLabel(row.rule);
  // What is only counted has no unit.
  const withUnit = (name: ThresholdName, text: string) =>
    name === 'requests' || name === 'factor' ? text : t(`withUnit.${name}`, { label: text });

  function submit(fields: FormData) {
    const typed = row.thresholds.map(({ name }) => [name, readNumber(String(fields.get(name)))]);
    const { rule } = row;
    return change({
      rule,
      enabled: fields.has('enabled'),
      suspends: fields.has('suspends'),
      thresholds: Object.fromEntries(typed),
    });
  }

  return (
    <FormDialog
      title={t('rules.editRule', { rule: t(`rules.${row.rule}.title`) })}
      description={t(`rules.${row.rule}.about`)}
      confirm={t('rules.save')}
      guarded
      submit={submit}
      onDone={() => {
        notify(t('rules.done'));
        onClose();
      }}
      onClose={onClose}
    >
      <Check name="enabled" label={t('rules.enabled')} checked={row.enabled} />
      {row.thresholds.map(({ name, value, standard, least, most }) => (
        <Field
          key={name}
          name={name}
          label={withUnit(name, label(name))}
          hint={t('rules.bounds', { standard: t(`units.${name}`, { n: standard }), least, most })}
        >
          {/* A text rather than a number field: that one hides from the form what it cannot read. */}
          {(control) => (
            <Input {...control} inputMode="numeric" autoComplete="off" maxLength={12} className="numbers" defaultValue={String(value)} />
          )}
        </Field>
      ))}
      {row.canSuspend && <Check name="suspends" label={t('rules.suspend')} hint={t('rules.suspendHint')} checked={row.suspends} />}
    </FormDialog>
  );
}

/** What a threshold of a rule is called. */
export function useFieldLabel(rule: RuleName): (name: ThresholdName) => string {
  const t = useTranslations('alerts.rules');
  return (name) => t(`${rule}.fields.${name}` as 'dead_value.fields.requests');
}

function Check({ name, label, hint, checked }: { name: string; label: string; hint?: string; checked: boolean }) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <input
        type="checkbox"
        id={id}
        name={name}
        defaultChecked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5 size-4 shrink-0 accent-brass"
      />
      <div className="grid gap-0.5">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-muted text-sm">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

/** The whole number that was typed; otherwise the text, for the server to refuse. */
function readNumber(text: string): number | string {
  return /^\d{1,10}$/.test(text.trim()) ? Number(text.trim()) : text;
}
