'use client';

import { UserPlus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';
import { Icon } from '@/components/ui/icon';
import { OneTimeLinkDialog } from '@/components/users/one-time-link';
import { RoleField, readRole } from '@/components/users/role-field';
import type { ShownLink, UserActions } from '@/components/users/types';

type State = { step: 'closed' } | { step: 'asking' } | { step: 'added'; name: string; shown: ShownLink };

/** The button "Add user", its dialog, and the link that the new user gets. */
export function AddUser({ add }: { add: UserActions['add'] }) {
  const t = useTranslations('users');
  const [state, setState] = useState<State>({ step: 'closed' });
  const close = () => setState({ step: 'closed' });

  async function submit(fields: FormData) {
    const name = String(fields.get('name'));
    const result = await add({ name, email: String(fields.get('email')), role: readRole(fields) });
    return result.ok ? ({ ok: true, data: { name: name.trim(), shown: result.data } } as const) : result;
  }

  return (
    <>
      <Button look="primary" onClick={() => setState({ step: 'asking' })}>
        <Icon of={UserPlus} />
        {t('add.title')}
      </Button>
      {state.step === 'asking' && (
        <FormDialog
          title={t('add.title')}
          description={t('add.description')}
          confirm={t('add.confirm')}
          guarded
          submit={submit}
          onDone={(added) => setState({ step: 'added', ...added })}
          onClose={close}
        >
          <Field name="name" label={t('fields.name')}>
            {(control) => <Input {...control} autoComplete="off" />}
          </Field>
          <Field name="email" label={t('fields.email')}>
            {(control) => <Input {...control} type="email" autoComplete="off" autoCapitalize="none" spellCheck={false} />}
          </Field>
          <RoleField initial="member" />
        </FormDialog>
      )}
      {state.step === 'added' && (
        <OneTimeLinkDialog title={t('add.done', { name: state.name })} name={state.name} shown={state.shown} onClose={close} />
      )}
    </>
  );
}
