import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { setPasswordAction } from '@/app/(auth)/actions';
import { AuthHeading } from '@/components/auth/auth-heading';
import { SetPasswordForm } from '@/components/auth/set-password-form';
import { ButtonLink } from '@/components/ui/button-link';
import { readLink } from '@/lib/users/links';

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth.setPassword');
  return { title: t('title') };
}

export default async function SetPasswordPage({ searchParams }: Props) {
  const { code } = await searchParams;
  const user = typeof code === 'string' ? await readLink(code) : null;
  const t = await getTranslations('auth.setPassword');
  if (typeof code !== 'string' || !user) {
    return (
      <>
        <AuthHeading title={t('invalidTitle')}>{t('invalidBody')}</AuthHeading>
        <ButtonLink href="/login" className="w-full">
          {t('toSignIn')}
        </ButtonLink>
      </>
    );
  }
  return (
    <>
      <AuthHeading title={t('title')}>{t('body', { name: user.name, email: user.email })}</AuthHeading>
      <SetPasswordForm code={code} email={user.email} setPassword={setPasswordAction} />
    </>
  );
}
