import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { getTranslations } from 'next-intl/server';
import { setUpAction } from '@/app/(auth)/actions';
import { AuthHeading } from '@/components/auth/auth-heading';
import { SetupForm } from '@/components/auth/setup-form';
import { needsSetup } from '@/lib/auth/setup';

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('auth.setup');
  return { title: t('title') };
}

export default async function SetupPage({ searchParams }: Props) {
  if (!(await needsSetup())) notFound();
  const { code } = await searchParams;
  const t = await getTranslations('auth.setup');
  return (
    <>
      <AuthHeading title={t('title')}>{t('body')}</AuthHeading>
      <SetupForm code={typeof code === 'string' ? code.slice(0, 200) : ''} setUp={setUpAction} />
    </>
  );
}
