'use client';

import { useTranslations } from 'next-intl';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { Form, SubmitButton } from '@/components/ui/form';
import { PasswordInput } from '@/components/ui/password-input';
import type { ActionResult } from '@/lib/action';

type SetupInput = { code: string; name: string; email: string; password: string };
type Props = { code: string; setUp: (input: SetupInput) => Promise<ActionResult<unknown>> };

/** Makes the first administrator, then leads to the sign-in page. */
export function SetupForm({ code, setUp }: Props) {
  const t = useTranslations('auth');

  function submit(fields: FormData) {
    const text = (name: string) => String(fields.get(name));
    return setUp({ code: text('code'), name: text('name'), email: text('email'), password: text('password') });
  }

  return (
    <Form submit={submit} onDone={() => window.location.replace('/login?done=setup')} className="grid gap-4">
      <Field name="code" label={t('setup.code')} hint={t('setup.codeHint')}>
        {(control) => <Input {...control} defaultValue={code} autoComplete="off" spellCheck={false} className="font-mono" />}
      </Field>
      <Field name="name" label={t('name')}>
        {(control) => <Input {...control} autoComplete="name" />}
      </Field>
      <Field name="email" label={t('email')}>
        {(control) => <Input {...control} type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} />}
      </Field>
      <Field name="password" label={t('password')} hint={t('passwordHint')}>
        {(control) => <PasswordInput {...control} autoComplete="new-password" />}
      </Field>
      <SubmitButton className="mt-2">{t('setup.submit')}</SubmitButton>
    </Form>
  );
}
