import { getTimeZone } from 'next-intl/server';
import { AuditPanel } from '@/components/audit/audit-panel';
import { parseAuditQuery, wallText } from '@/lib/audit/filters';
import { findAuditEvent, listAuditEvents } from '@/lib/audit/queries';
import { type AuditPage, auditQuery } from '@/lib/audit/schema';
import { type Actor, can } from '@/lib/permissions/permissions';
import { defaultFilters, parseFilters, type SearchParams } from '@/lib/url';

/** What the URL asks of the log, as this actor may see it. */
export async function AuditLog({ actor, searchParams }: { actor: Actor; searchParams: SearchParams }) {
  const query = parseFilters(auditQuery, searchParams);
  const zone = await getTimeZone();
  const { filters, problems } = parseAuditQuery(query, zone);
  const [page, selected] = await Promise.all([
    Object.keys(problems).length > 0 ? nothing(problems) : listAuditEvents(actor, filters),
    query.id ? findAuditEvent(actor, query.id) : null,
  ]);
  return (
    <AuditPanel
      page={page}
      query={query}
      defaults={defaultFilters(auditQuery)}
      wall={{ from: wallText(query.from, 'start', zone), to: wallText(query.to, 'end', zone) }}
      selected={selected}
      all={can(actor, 'audit.read_all')}
    />
  );
}

function nothing(problems: AuditPage['problems']): AuditPage {
  return { rows: [], olderCursor: null, newerCursor: null, problems };
}
