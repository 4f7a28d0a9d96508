import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import {
  changeLongestGraceAction,
  changePolicyAction,
  changeRetentionAction,
  previewRetentionAction,
} from '@/app/(console)/policy/actions';
import { DefaultLimit } from '@/components/policy/default-limit';
import { LongestGrace } from '@/components/policy/longest-grace';
import { Retention } from '@/components/policy/retention';
import { PageHeader } from '@/components/shell/page-header';
import { LiveControls } from '@/components/ui/live-controls';
import { pageActor } from '@/lib/auth/actor';
import { found } from '@/lib/found';
import { can } from '@/lib/permissions/permissions';
import { getPolicy, getRetention } from '@/lib/policy/queries';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('policy');
  return { title: t('title') };
}

export default async function PolicyPage() {
  const actor = await pageActor('/policy');
  const t = await getTranslations('policy');
  const [{ defaultLimit, longestGraceHours }, retention] = await found(Promise.all([getPolicy(actor), getRetention(actor)]));
  const mayChange = can(actor, 'policy.write');
  return (
    <LiveControls>
      <PageHeader title={t('title')} description={t('description')} />
      <div className="grid gap-8">
        <DefaultLimit current={defaultLimit} change={mayChange ? changePolicyAction : null} />
        <LongestGrace current={longestGraceHours} change={mayChange ? changeLongestGraceAction : null} />
        <Retention current={retention} actions={mayChange ? { change: changeRetentionAction, preview: previewRetentionAction } : null} />
      </div>
    </LiveControls>
  );
}
