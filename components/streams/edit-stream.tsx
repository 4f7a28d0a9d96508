'use client';

import { useTranslations } from 'next-intl';
import { EventsField, readTarget, readWhat, TargetFields } from '@/components/streams/target-fields';
import type { StreamActions } from '@/components/streams/types';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { notify } from '@/components/ui/toast';
import type { StreamRow } from '@/lib/streams/schema';

type Props = { stream: StreamRow; change: StreamActions['change']; onClose: () => void };

export function EditStream({ stream, change, onClose }: Props) {
  const t = useTranslations('streams');
  const { id, kind, name, events, settings } = stream;

  async function submit(fields: FormData) {
    const input = { id, ...readWhat(fields), ...readTarget(fields, kind) };
    // An address left empty is the one that it has.
    return change(input.kind === 'webhook' && input.url?.trim() === '' ? { ...input, url: undefined } : input);
  }

  return (
    <FormDialog
      title={t('edit.title', { name })}
      confirm={t('edit.confirm')}
      guarded
      submit={submit}
      onDone={() => {
        notify(t('edit.done', { name }));
        onClose();
      }}
      onClose={onClose}
    >
      <Field name="name" label={t('fields.name')}>
        {(control) => <Input {...control} autoComplete="off" defaultValue={name} />}
      </Field>
      <TargetFields kind={kind} settings={settings} />
      <EventsField events={events} />
    </FormDialog>
  );
}
