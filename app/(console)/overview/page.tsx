import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { Instances } from '@/components/overview/instances';
import { TokenCounts } from '@/components/overview/token-counts';
import { PageHeader } from '@/components/shell/page-header';
import { pageActor } from '@/lib/auth/actor';
import { listInstances } from '@/lib/instances/queries';
import { can } from '@/lib/permissions/permissions';
import { countTokens } from '@/lib/tokens/counts';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('overview');
  return { title: t('title') };
}

export default async function OverviewPage() {
  const actor = await pageActor('/overview');
  const t = await getTranslations('overview');
  const all = can(actor, 'token.read');
  return (
    <div className="grid grid-cols-1 gap-8">
      <PageHeader title={t('title')} description={t(all ? 'description' : 'descriptionOwn')} />
      <TokenCounts counts={await countTokens(actor)} linked={!all} />
      {can(actor, 'policy.read') && <Instances rows={await listInstances(actor)} />}
    </div>
  );
}
