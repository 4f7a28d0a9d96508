import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Suspense } from 'react';
import { changePasswordAction, endOtherSessionsAction, updateProfileAction } from '@/app/(console)/profile/actions';
import { TokenList } from '@/app/(console)/tokens/token-list';
import { PasswordForm } from '@/components/profile/password-form';
import { ProfileForm } from '@/components/profile/profile-form';
import { ProfileSection } from '@/components/profile/profile-section';
import { Sessions } from '@/components/profile/sessions';
import { PageHeader } from '@/components/shell/page-header';
import { TokensSkeleton } from '@/components/tokens/tokens-skeleton';
import { pageActor } from '@/lib/auth/actor';
import { listSessions } from '@/lib/profile/queries';
import { timeZones } from '@/lib/profile/schema';
import { addressOf, type SearchParams } from '@/lib/url';

const PATH = '/profile';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('profile');
  return { title: t('title') };
}

export default async function ProfilePage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const params = await searchParams;
  const actor = await pageActor(addressOf(PATH, params));
  const t = await getTranslations('profile');
  const { name, email, timeZone, theme, locale } = actor;
  return (
    <div className="grid grid-cols-1 gap-10">
      <div>
        <PageHeader title={t('title')} description={t('description', { email })} />
        <ProfileForm profile={{ name, timeZone, theme, locale }} timeZones={timeZones()} update={updateProfileAction} />
      </div>
      <ProfileSection id="password" title={t('password.title')} description={t('password.description')}>
        <PasswordForm email={email} change={changePasswordAction} />
      </ProfileSection>
      <ProfileSection id="sessions" title={t('sessions.title')} description={t('sessions.description')}>
        <Sessions rows={await listSessions(actor)} endOthers={endOtherSessionsAction} />
      </ProfileSection>
      <div className="border-line border-t pt-8">
        <Suspense fallback={<TokensSkeleton level={2} />}>
          <TokenList actor={actor} owner={{ id: actor.userId, name }} path={PATH} searchParams={params} level={2} />
        </Suspense>
      </div>
    </div>
  );
}
