'use client';

import { useTranslations } from 'next-intl';
import { Field } from '@/components/ui/field';
import { Form, SubmitButton } from '@/components/ui/form';
import { PasswordInput } from '@/components/ui/password-input';
import { notify } from '@/components/ui/toast';
import type { ActionResult } from '@/lib/action';

type Props = { email: string; change: (input: { currentPassword: string; newPassword: string }) => Promise<ActionResult<void>> };

/** Changes one's own password. */
export function PasswordForm({ email, change }: Props) {
  const t = useTranslations('profile.password');
  const hint = useTranslations('auth')('passwordHint');

  function submit(fields: FormData) {
    return change({ currentPassword: String(fields.get('currentPassword')), newPassword: String(fields.get('newPassword')) });
  }

  return (
    <Form submit={submit} clears onDone={() => notify(t('done'))} className="grid max-w-140 gap-4">
      {/* So that password managers know whose password they keep. */}
      <input type="text" name="username" value={email} autoComplete="username" readOnly hidden />
      <Field name="currentPassword" label={t('current')}>
        {(control) => <PasswordInput {...control} autoComplete="current-password" />}
      </Field>
      <Field name="newPassword" label={t('new')} hint={hint}>
        {(control) => <PasswordInput {...control} autoComplete="new-password" />}
      </Field>
      <SubmitButton look="secondary" className="justify-self-start max-sm:justify-self-stretch">
        {t('submit')}
      </SubmitButton>
    </Form>
  );
}
