'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { SigningKeyDialog } from '@/components/streams/signing-key';
import { EventsField, readTarget, readWhat, TargetFields } from '@/components/streams/target-fields';
import type { StreamActions } from '@/components/streams/types';
import { Button } from '@/components/ui/button';
import { Input, Select } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { Icon } from '@/components/ui/icon';
import { notify } from '@/components/ui/toast';
import type { StreamKind } from '@/lib/streams/schema';
import { streamStarts } from '@/lib/streams/values';

type Props = { kinds: StreamKind[]; create: StreamActions['create'] };
type State = { step: 'closed' } | { step: 'asking' } | { step: 'added'; name: string; signingKey: string };

/** The button "Add stream", its dialog, and the signing key that a new webhook gets. */
export function AddStream({ kinds, create }: Props) {
  const t = useTranslations('streams');
  const [state, setState] = useState<State>({ step: 'closed' });
  const [kind, setKind] = useState<StreamKind>('webhook');
  const close = () => setState({ step: 'closed' });

  async function submit(fields: FormData) {
    const what = readWhat(fields);
    const start = streamStarts.find((one) => one === fields.get('start')) ?? 'now';
    const result = await create({ ...what, start, ...readTarget(fields, kind) });
    return result.ok ? ({ ok: true, data: { name: what.name.trim(), signingKey: result.data.signingKey } } as const) : result;
  }

  function onDone({ name, signingKey }: { name: string; signingKey: string | null }) {
    if (signingKey) return setState({ step: 'added', name, signingKey });
    notify(t('add.done', { name }));
    close();
  }

  return (
    <>
      <Button look="primary" onClick={() => setState({ step: 'asking' })}>
        <Icon of={Plus} />
        {t('add.title')}
      </Button>
      {state.step === 'asking' && (
        <FormDialog
          title={t('add.title')}
          description={t('add.description')}
          confirm={t('add.confirm')}
          guarded
          submit={submit}
          onDone={onDone}
          onClose={close}
        >
          <Field name="kind" label={t('fields.kind')} hint={t(`about.${kind}`)}>
            {(control) => (
              <Select {...control} value={kind} onChange={(event) => setKind(event.target.value as StreamKind)}>
                {kinds.map((value) => (
                  <option key={value} value={value}>
                    {t(`kinds.${value}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field name="name" label={t('fields.name')}>
            {(control) => <Input {...control} autoComplete="off" />}
          </Field>
          <TargetFields key={kind} kind={kind} />
          <EventsField />
          <Field name="start" label={t('fields.start')}>
            {(control) => (
              <Select {...control} defaultValue="now">
                {streamStarts.map((value) => (
                  <option key={value} value={value}>
                    {t(`starts.${value}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </FormDialog>
      )}
      {state.step === 'added' && (
        <SigningKeyDialog title={t('signingKey.title', { name: state.name })} signingKey={state.signingKey} onClose={close} />
      )}
    </>
  );
}
