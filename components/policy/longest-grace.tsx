'use client';

import { useTranslations } from 'next-intl';
import { Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { Form, SubmitButton } from '@/components/ui/form';
import { Section } from '@/components/ui/section';
import { notify } from '@/components/ui/toast';
import type { ActionResult } from '@/lib/action';

type Props = {
  /** In hours; 0: none is allowed. */
  current: number;
  /** Null for whoever only looks. */
  change: ((input: { longestGraceHours: number }) => Promise<ActionResult<void>>) | null;
};

const CHOICES = [0, 1, 4, 8, 12, 24];

/** How long a replaced value may go on working at most. */
export function LongestGrace({ current, change }: Props) {
  const t = useTranslations('policy.longestGrace');
  const words = (hours: number) => (hours === 0 ? t('none') : t('hours', { count: hours }));
  // What is offered, and what somebody has set by other means.
  const choices = CHOICES.includes(current) ? CHOICES : [...CHOICES, current].sort((a, b) => a - b);
  return (
    <Section id="longest-grace" title={t('title')} description={t('description')}>
      {change ? (
        <Form
          key={current}
          submit={(fields) => change({ longestGraceHours: Number(fields.get('longestGraceHours')) })}
          onDone={() => notify(t('done'))}
          className="grid max-w-140 gap-4"
        >
          <Field name="longestGraceHours" label={t('label')} hint={t('hint')}>
            {(control) => (
              <Select {...control} defaultValue={current}>
                {choices.map((hours) => (
                  <option key={hours} value={hours}>
                    {words(hours)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <SubmitButton look="secondary" className="justify-self-start max-sm:justify-self-stretch">
            {t('submit')}
          </SubmitButton>
        </Form>
      ) : (
        <p>{words(current)}</p>
      )}
    </Section>
  );
}
