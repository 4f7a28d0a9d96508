'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { Form, SubmitButton } from '@/components/ui/form';
import { FormDialog } from '@/components/ui/form-dialog';
import { Section } from '@/components/ui/section';
import { notify } from '@/components/ui/toast';
import type { ActionResult } from '@/lib/action';
import type { Retention as Kept, RetentionPreview } from '@/lib/policy/schema';

type Props = {
  current: Kept;
  /** Null for whoever only looks. */
  actions: {
    change: (kept: Kept) => Promise<ActionResult<void>>;
    preview: (kept: Kept) => Promise<ActionResult<RetentionPreview>>;
  } | null;
};

const kinds = ['accesses', 'operations'] as const;
const CHOICES = [1, 3, 6, 12, 24, 36, 60, 84, 120];

/** How long the log is kept. What would take something out of it is asked about first, with how much that is. */
export function Retention({ current, actions }: Props) {
  const t = useTranslations('policy.retention');
  const words = useMonths();
  const [asked, setAsked] = useState<{ kept: Kept; preview: RetentionPreview } | null>(null);

  async function submit(fields: FormData): Promise<ActionResult<{ kept: Kept; preview: RetentionPreview } | null>> {
    if (!actions) return { ok: true, data: null };
    const kept = { accesses: readMonths(fields.get('accesses')), operations: readMonths(fields.get('operations')) };
    const preview = await actions.preview(kept);
    if (!preview.ok) return preview;
    // What is due already, under what holds now, is no news.
    const isShorter = kinds.some((kind) => preview.data[kind] && (kept[kind] ?? 0) < (current[kind] ?? Number.POSITIVE_INFINITY));
    if (isShorter) return { ok: true, data: { kept, preview: preview.data } };
    const changed = await actions.change(kept);
    return changed.ok ? { ok: true, data: null } : changed;
  }

  return (
    <Section id="retention" title={t('title')} description={t('description')}>
      {actions ? (
        <Form
          key={JSON.stringify(current)}
          submit={submit}
          onDone={(question) => (question ? setAsked(question) : notify(t('done')))}
          className="grid max-w-140 gap-4"
        >
          {kinds.map((kind) => (
            <Field key={kind} name={kind} label={t(kind)} hint={t(`${kind}Hint`)}>
              {(control) => (
                <Select {...control} defaultValue={current[kind] ?? ''}>
                  <option value="">{t('forever')}</option>
                  {choices(current[kind]).map((months) => (
                    <option key={months} value={months}>
                      {words(months)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          ))}
          <SubmitButton look="secondary" className="justify-self-start max-sm:justify-self-stretch">
            {t('submit')}
          </SubmitButton>
        </Form>
      ) : (
        <dl className="grid gap-1">
          {kinds.map((kind) => (
            <div key={kind} className="flex gap-2">
              <dt className="text-muted">{t(kind)}</dt>
              <dd>{words(current[kind])}</dd>
            </div>
          ))}
        </dl>
      )}
      {asked && actions && (
        <FormDialog
          title={t('confirm.title')}
          description={t('confirm.about')}
          confirm={t('confirm.submit')}
          danger
          submit={() => actions.change(asked.kept)}
          onDone={() => {
            setAsked(null);
            notify(t('done'));
          }}
          onClose={() => setAsked(null)}
        >
          <Doomed preview={asked.preview} />
        </FormDialog>
      )}
    </Section>
  );
}

/** How many events would go, and up to which day (UTC, as the months are). */
function Doomed({ preview }: { preview: RetentionPreview }) {
  const t = useTranslations('policy.retention.confirm');
  const format = useFormatter();
  return (
    <ul className="grid gap-1">
      {kinds.map((kind) => {
        const doomed = preview[kind];
        if (!doomed) return null;
        const day = `${format.dateTime(new Date(doomed.before), { dateStyle: 'long', timeZone: 'UTC' })} (UTC)`;
        return <li key={kind}>{t(kind, { count: doomed.events, isMore: String(doomed.isMore), day })}</li>;
      })}
    </ul>
  );
}

function readMonths(value: FormDataEntryValue | null): number | null {
  return value ? Number(value) : null;
}

/** What is offered, and what somebody has set by other means. */
function choices(current: number | null): number[] {
  return current === null || CHOICES.includes(current) ? CHOICES : [...CHOICES, current].sort((a, b) => a - b);
}

function useMonths(): (months: number | null) => string {
  const t = useTranslations('policy.retention');
  return (months) => {
    if (months === null) return t('forever');
    return months % 12 === 0 ? t('years', { count: months / 12 }) : t('months', { count: months });
  };
}
