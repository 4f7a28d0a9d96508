import { getTimeZone } from 'next-intl/server';
import { Suspense } from 'react';
import {
  deleteViewAction,
  eventContextAction,
  liveFiguresAction,
  newerEventsAction,
  renameViewAction,
  saveViewAction,
  suggestNamesAction,
  updateViewAction,
} from '@/app/(console)/audit/actions';
import { beginExportAction, exportSizeAction } from '@/app/(console)/audit/exports/actions';
import { AuditPanel } from '@/components/audit/audit-panel';
import { EventTotal } from '@/components/audit/event-total';
import { InZone } from '@/components/audit/in-zone';
import { ExportsLine } from '@/components/exports/exports-line';
import { IntegrityLine } from '@/components/integrity/integrity-line';
import { LiveControls } from '@/components/ui/live-controls';
import { auditActivity } from '@/lib/audit/activity';
import { listExports } from '@/lib/audit/exports/queries';
import { type AuditFilters, parseAuditQuery, wallText, zoneOf } from '@/lib/audit/filters';
import { liveSince } from '@/lib/audit/live';
import { namesOf } from '@/lib/audit/names';
import { findAuditEvent, listAuditEvents } from '@/lib/audit/queries';
import { type AuditPage, auditQuery } from '@/lib/audit/schema';
import { totalOf } from '@/lib/audit/totals';
import { lastVerification } from '@/lib/audit/verification/queries';
import { listViews } from '@/lib/audit/views';
import { isPlainErrorCode } from '@/lib/errors';
import { type Actor, can } from '@/lib/permissions/permissions';
import { defaultFilters, parseFilters, type SearchParams } from '@/lib/url';

const auditActions = {
  context: eventContextAction,
  newer: newerEventsAction,
  figures: liveFiguresAction,
  suggest: suggestNamesAction,
  saveView: saveViewAction,
  updateView: updateViewAction,
  renameView: renameViewAction,
  deleteView: deleteViewAction,
  exportSize: exportSizeAction,
  beginExport: beginExportAction,
};

/** What the URL asks of the log, as this actor may see it. */
export async function AuditLog({ actor, searchParams }: { actor: Actor; searchParams: SearchParams }) {
  const query = parseFilters(auditQuery, searchParams);
  const own = await getTimeZone();
  const zone = zoneOf(query, own);
  const { filters, problems } = parseAuditQuery(query, zone);
  const isUnclear = Object.keys(problems).length > 0;
  const [since, activity, page, selected, meanings, views, verified, exports] = await Promise.all([
    liveSince(),
    isUnclear ? null : auditActivity(actor, filters, zone),
    isUnclear ? nothing(problems) : listAuditEvents(actor, filters),
    query.id ? findAuditEvent(actor, query.id) : null,
    namesOf(actor, query),
    listViews(actor),
    can(actor, 'audit.verify') ? lastVerification(actor) : null,
    can(actor, 'audit.export') ? listExports(actor) : [],
  ]);
  return (
    // The list comes after the page around it and is interactive later still: what is clicked too early would be lost.
    <LiveControls>
      <InZone zone={zone}>
        <AuditPanel
          page={page}
          // Counted while the events are shown. A place of its own for each reading: one that waited in the same place would hold the next page back.
          total={
            <Suspense key={since} fallback={null}>
              <Total actor={actor} filters={filters} page={page} />
            </Suspense>
          }
          activity={activity}
          ownZone={own}
          since={since}
          query={query}
          defaults={defaultFilters(auditQuery)}
          wall={{ from: wallText(query.from, 'start', zone), to: wallText(query.to, 'end', zone) }}
          selected={selected}
          meanings={meanings}
          views={views}
          mayShare={can(actor, 'audit.share')}
          all={can(actor, 'audit.read_all')}
          viewerId={actor.userId}
          actions={auditActions}
          state={
            <div className="flex flex-wrap gap-x-8">
              {can(actor, 'audit.verify') && <IntegrityLine last={verified} />}
              <ExportsLine rows={exports} />
            </div>
          }
          mayExport={can(actor, 'audit.export')}
          refused={refusalOf(searchParams)}
        />
      </InZone>
    </LiveControls>
  );
}

async function Total(props: { actor: Actor; filters: AuditFilters; page: AuditPage }) {
  const total = await totalOf(props.actor, props.filters, props.page);
  return total && <EventTotal total={total} />;
}

function nothing(problems: AuditPage['problems']): AuditPage {
  return { rows: [], olderCursor: null, newerCursor: null, problems };
}

/** The export that this page asked for was refused: app/api/audit/export leads back here. */
function refusalOf({ refused }: SearchParams) {
  return isPlainErrorCode(refused) ? refused : undefined;
}
