'use client';

import { useTimeZone, useTranslations } from 'next-intl';
import { useState } from 'react';
import { readAccess } from '@/components/tokens/access';
import { AccessDisclosure } from '@/components/tokens/access-disclosure';
import { readExpiration } from '@/components/tokens/expiration';
import { ExpirationField } from '@/components/tokens/expiration-field';
import type { KeyChoice } from '@/components/tokens/key';
import type { TokenActions } from '@/components/tokens/types';
import type { Issued } from '@/components/tokens/use-secret';
import { Input, Textarea } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { FormDialog } from '@/components/ui/form-dialog';

type Props = { actions: Pick<TokenActions, 'create' | 'accessChoices'>; onIssued: (issued: Issued) => void; onClose: () => void };

export function CreateDialog({ actions, onIssued, onClose }: Props) {
  const t = useTranslations('tokens');
  const zone = useTimeZone() ?? 'UTC';
  const [bindTo, setBindTo] = useState<KeyChoice>({ way: 'none' });

  async function submit(fields: FormData) {
    const expiration = readExpiration(fields, zone);
    if ('error' in expiration) return { ok: false, error: expiration.error } as const;
    const access = readAccess(fields);
    if ('error' in access) return { ok: false, error: access.error } as const;
    // Loaded with its field: most tokens are bound to no key.
    const key = bindTo.way === 'none' ? { value: undefined } : (await import('@/components/tokens/key')).readKey(bindTo);
    if ('error' in key) return { ok: false, error: key.error } as const;
    const name = String(fields.get('name'));
    const description = String(fields.get('description'));
    return actions.create({ name, description, expiration: expiration.value, ...access.value, ...(key.value && { publicKey: key.value }) });
  }

  return (
    <FormDialog
      title={t('create.title')}
      description={t('create.description')}
      confirm={t('create.confirm')}
      guarded
      submit={submit}
      onDone={(token) => {
        onIssued({ ...token, again: false });
        onClose();
      }}
      onClose={onClose}
    >
      <Field name="name" label={t('fields.name')} hint={t('fields.nameHint')}>
        {(control) => <Input {...control} autoComplete="off" />}
      </Field>
      <Field name="description" label={t('fields.description')} hint={t('fields.descriptionHint')}>
        {(control) => <Textarea {...control} />}
      </Field>
      <ExpirationField />
      <AccessDisclosure load={actions.accessChoices} bindTo={bindTo} onKey={setBindTo} />
    </FormDialog>
  );
}
