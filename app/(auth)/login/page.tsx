import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import { AuthHeading } from '@/components/auth/auth-heading';
import { LoginForm } from '@/components/auth/login-form';
import { Notice } from '@/components/ui/notice';
import { currentActor } from '@/lib/auth/actor';
import { safeCallbackUrl } from '@/lib/auth/callback-url';
import { needsSetup } from '@/lib/auth/setup';
import { isPlainErrorCode } from '@/lib/errors';

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth.login');
  return { title: t('title') };
}

export default async function LoginPage({ searchParams }: Props) {
  const { callbackUrl, done, error } = await searchParams;
  const target = safeCallbackUrl(callbackUrl);
  if (await currentActor()) redirect(target);
  if (await needsSetup()) redirect('/setup');
  const t = await getTranslations('auth.login');
  const errors = await getTranslations('errors');
  return (
    <>
      <AuthHeading title={t('title')} />
      {(done === 'setup' || done === 'password') && (
        <Notice tone="good" role="status" className="mb-4">
          {t(`done.${done}`)}
        </Notice>
      )}
      {isPlainErrorCode(error) && (
        <Notice tone="danger" role="alert" className="mb-4">
          {errors(error, { name: '', email: '', minutes: 15 })}
        </Notice>
      )}
      <LoginForm callbackUrl={target} />
    </>
  );
}
