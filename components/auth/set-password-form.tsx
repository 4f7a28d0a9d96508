'use client';

import { useTranslations } from 'next-intl';
import { Field } from '@/components/ui/field';
import { Form, SubmitButton } from '@/components/ui/form';
import { PasswordInput } from '@/components/ui/password-input';
import type { ActionResult } from '@/lib/action';

type Props = {
  code: string;
  email: string;
  setPassword: (input: { code: string; password: string }) => Promise<ActionResult<unknown>>;
};

/** Uses a one-time link, then leads to the sign-in page. */
export function SetPasswordForm({ code, email, setPassword }: Props) {
  const t = useTranslations('auth');
  return (
    <Form
      submit={(fields) => setPassword({ code, password: String(fields.get('password')) })}
      onDone={() => window.location.replace('/login?done=password')}
      className="grid gap-4"
    >
      {/* So that password managers know whose password they keep. */}
      <input type="text" name="username" value={email} autoComplete="username" readOnly hidden />
      <Field name="password" label={t('password')} hint={t('passwordHint')}>
        {(control) => <PasswordInput {...control} autoComplete="new-password" />}
      </Field>
      <SubmitButton className="mt-2">{t('setPassword.submit')}</SubmitButton>
    </Form>
  );
}
