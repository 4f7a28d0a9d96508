import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { acknowledgeAlertAction, changeRuleAction } from '@/app/(console)/alerts/actions';
import { AlertsPanel } from '@/components/alerts/alerts-panel';
import { AlertRules } from '@/components/alerts/rules';
import { LiveControls } from '@/components/ui/live-controls';
import { ALERTS_PER_PAGE, listAlerts, listRules } from '@/lib/alerts/queries';
import { alertFilters } from '@/lib/alerts/schema';
import { pageActor } from '@/lib/auth/actor';
import { can } from '@/lib/permissions/permissions';
import { addressOf, defaultFilters, parseFilters, type SearchParams } from '@/lib/url';

const PATH = '/alerts';

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('alerts');
  return { title: t('title') };
}

export default async function AlertsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const search = await searchParams;
  const actor = await pageActor(addressOf(PATH, search));
  const filters = parseFilters(alertFilters, search);
  const [{ page, ...list }, rules] = await Promise.all([listAlerts(actor, filters), can(actor, 'policy.read') ? listRules(actor) : null]);
  return (
    <LiveControls>
      <div className="grid grid-cols-1 gap-10">
        <AlertsPanel
          {...list}
          filters={{ ...filters, page }}
          defaults={defaultFilters(alertFilters)}
          perPage={ALERTS_PER_PAGE}
          path={PATH}
          isOverseer={can(actor, 'audit.read_all')}
          acknowledge={acknowledgeAlertAction}
        />
        {rules && <AlertRules rows={rules} change={can(actor, 'policy.write') ? changeRuleAction : null} />}
      </div>
    </LiveControls>
  );
}
