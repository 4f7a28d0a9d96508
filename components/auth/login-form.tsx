'use client';

import { useTranslations } from 'next-intl';
import { Input } from '@/components/ui/controls';
import { Field } from '@/components/ui/field';
import { Form, SubmitButton } from '@/components/ui/form';
import { PasswordInput } from '@/components/ui/password-input';
import type { ActionResult } from '@/lib/action';
import { signInFromPage } from '@/lib/auth/client';

/** Signs in and goes to `callbackUrl`. What was refused does not say why: unknown and wrong look alike. */
export function LoginForm({ callbackUrl }: { callbackUrl: string }) {
  const t = useTranslations('auth');

  async function submit(fields: FormData): Promise<ActionResult<{ url: string }>> {
    const email = String(fields.get('email'));
    const password = String(fields.get('password'));
    if (email.trim() === '') return { ok: false, error: { code: 'invalid_input', field: 'email', rule: 'required' } };
    if (password === '') return { ok: false, error: { code: 'invalid_input', field: 'password', rule: 'required' } };
    const answer = await signInFromPage({ email, password, callbackUrl });
    return answer.ok ? { ok: true, data: { url: answer.url } } : { ok: false, error: answer.error };
  }

  return (
    // A full load: nothing that was fetched before signing in stays in the browser's memory.
    <Form submit={submit} onDone={({ url }) => window.location.assign(url)} className="grid gap-4">
      <Field name="email" label={t('email')}>
        {(control) => <Input {...control} type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} />}
      </Field>
      <Field name="password" label={t('password')}>
        {(control) => <PasswordInput {...control} autoComplete="current-password" />}
      </Field>
      <SubmitButton className="mt-2">{t('login.submit')}</SubmitButton>
    </Form>
  );
}
