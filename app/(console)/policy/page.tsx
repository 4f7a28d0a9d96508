import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { changePolicyAction } from '@/app/(console)/policy/actions';
import { DefaultLimit } from '@/components/policy/default-limit';
import { PageHeader } from '@/components/shell/page-header';
import { LiveControls } from '@/components/ui/live-controls';
import { pageActor } from '@/lib/auth/actor';
import { found } from '@/lib/found';
import { can } from '@/lib/permissions/permissions';
import { getPolicy } from '@/lib/policy/queries';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('policy');
  return { title: t('title') };
}

export default async function PolicyPage() {
  const actor = await pageActor('/policy');
  const t = await getTranslations('policy');
  const { defaultLimit } = await found(getPolicy(actor));
  return (
    <LiveControls>
      <PageHeader title={t('title')} description={t('description')} />
      <DefaultLimit current={defaultLimit} change={can(actor, 'policy.write') ? changePolicyAction : null} />
    </LiveControls>
  );
}
