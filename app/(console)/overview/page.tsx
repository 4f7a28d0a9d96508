import type { Metadata } from 'next';
import { getTimeZone, getTranslations } from 'next-intl/server';
import { Instances } from '@/components/overview/instances';
import { OverviewUsage } from '@/components/overview/overview-usage';
import { TokenCounts } from '@/components/overview/token-counts';
import { PageHeader } from '@/components/shell/page-header';
import { pageActor } from '@/lib/auth/actor';
import { listInstances } from '@/lib/instances/queries';
import { can } from '@/lib/permissions/permissions';
import { countTokens } from '@/lib/tokens/counts';
import { addressOf, hrefOf, type SearchParams } from '@/lib/url';
import { overviewUsage } from '@/lib/usage/queries';
import { usageRange } from '@/lib/usage/schema';

const PATH = '/overview';
// What people come for is how things are now.
const DEFAULT = '24h';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('overview');
  return { title: t('title') };
}

export default async function OverviewPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const search = await searchParams;
  const actor = await pageActor(addressOf(PATH, search));
  const range = usageRange.parse(search.usage ?? DEFAULT);
  const t = await getTranslations('overview');
  const all = can(actor, 'token.read');
  const [counts, usage, instances] = await Promise.all([
    countTokens(actor),
    overviewUsage(actor, range, await getTimeZone()),
    can(actor, 'policy.read') ? listInstances(actor) : null,
  ]);
  return (
    <div className="grid grid-cols-1 gap-8">
      <PageHeader title={t('title')} description={t(all ? 'description' : 'descriptionOwn')} />
      <TokenCounts counts={counts} linked={!all} />
      <OverviewUsage usage={usage} all={all} href={(one) => hrefOf(PATH, { usage: one }, { usage: DEFAULT })} />
      {instances && <Instances rows={instances} />}
    </div>
  );
}
