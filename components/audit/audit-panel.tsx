'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { Activity } from '@/components/audit/activity';
import { AuditFilterBar } from '@/components/audit/audit-filter-bar';
import { columnsText, readColumns } from '@/components/audit/columns';
import { ColumnsMenu } from '@/components/audit/columns-menu';
import { EventDetails } from '@/components/audit/event-details';
import { EventTotal } from '@/components/audit/event-total';
import { ExportButton } from '@/components/audit/export-button';
import { LiveSwitch, NewEvents } from '@/components/audit/live';
import { NoEvents } from '@/components/audit/no-events';
import { SearchBar } from '@/components/audit/search-bar';
import type { AuditActions } from '@/components/audit/types';
import { useAuditColumns } from '@/components/audit/use-audit-columns';
import { useFilters } from '@/components/audit/use-filters';
import { useLive } from '@/components/audit/use-live';
import { useLiveFigures } from '@/components/audit/use-live-figures';
import { useOpenEvent } from '@/components/audit/use-open-event';
import { ViewsMenu } from '@/components/audit/views-menu';
import { PageHeader } from '@/components/shell/page-header';
import { DataTable } from '@/components/table/data-table';
import { Step, TableFooter } from '@/components/table/pager';
import { useNavigation } from '@/components/table/use-navigation';
import { Icon } from '@/components/ui/icon';
import { Notice } from '@/components/ui/notice';
import { useErrorText } from '@/components/ui/use-error-text';
import { useHydrated } from '@/components/ui/use-hydrated';
import type { AuditActivity, AuditMeanings, AuditPage, AuditQuery, AuditRow, AuditView } from '@/lib/audit/schema';
import type { ErrorCode } from '@/lib/errors';
import { hrefOf } from '@/lib/url';

const PATH = '/audit';

// Columns, besides the event, that fit beside one another.
const USUAL_ROOM = 6;

/** Filters that the bars know nothing of. */
const UNHEEDED = ['q', 'actor', 'target', 'token', 'reason', 'ip', 'request'] as const;

type Props = {
  page: AuditPage;
  /** How many events fit, on all pages; it may come later. */
  total: ReactNode;
  /** How much happened when; null where a filter cannot be applied, or nothing is kept of that time. */
  activity: AuditActivity | null;
  /** The person's own time zone. */
  ownZone: string;
  /** From which moment on this page does not know what happened. */
  since: string;
  query: AuditQuery;
  defaults: AuditQuery;
  wall: { from: string; to: string };
  /** The event of `?id=` when it is not on this page; null when there is none that this person may see. */
  selected: AuditRow | null;
  /** The names that ids in the filters stand for. */
  meanings: AuditMeanings;
  views: AuditView[];
  mayShare: boolean;
  /** Whether this person sees everybody's events, and their profiles. */
  all: boolean;
  viewerId: string;
  actions: AuditActions;
  mayExport: boolean;
  /** For those who may know, in a line: whether the log is what was signed, and what has become of exports. */
  state: ReactNode;
  /** Why an export did not begin. */
  refused?: ErrorCode;
};

/** The log: filters, one page of events, and the details of one of them. What it shows is in the URL. */
export function AuditPanel({
  page,
  total,
  activity,
  ownZone,
  since,
  query: asked,
  defaults,
  wall,
  selected,
  meanings,
  views,
  mayShare,
  all,
  viewerId,
  actions,
  mayExport,
  state,
  refused,
}: Props) {
  const t = useTranslations('audit');
  const errorText = useErrorText();
  const navigation = useNavigation();
  const content = useRef<HTMLDivElement>(null);
  // The server has no part in which columns are shown: choosing them asks it for nothing.
  const columnNames = useSearchParams().get('columns') ?? '';
  const shown = useMemo(() => readColumns(columnNames), [columnNames]);
  const query = useMemo(() => ({ ...asked, columns: columnsText(shown) }), [asked, shown]);
  // What stays when the filters go.
  const look = { columns: query.columns, zone: page.problems.zone ? '' : query.zone };
  const href = (change: Partial<AuditQuery>) => hrefOf(PATH, { ...query, cursor: '', id: '', ...change }, defaults);
  const change = useFilters(navigation, href);
  const event = useOpenEvent();
  const hydrated = useHydrated();
  const [isLive, setIsLive] = useState(false);
  // Only on top of everything can something be added.
  const mayLive = query.cursor === '' && query.to === '' && Object.keys(page.problems).length === 0;
  const read = useCallback((from: string) => actions.newer({ query: asked, since: from }), [actions, asked]);
  const live = useLive({ active: isLive && mayLive, page, since, read, content });
  const readFigures = useCallback(() => actions.figures({ query: asked }), [actions, asked]);
  const figures = useLiveFigures({ active: isLive && mayLive && live.state !== 'full', page, activity, read: readFigures, content });
  // What was added since it was counted can be seen.
  const counted = figures.total && { ...figures.total, count: Math.max(figures.total.count, live.rows.length) };
  const open = event.id ? (live.rows.find((row) => row.id === event.id) ?? (selected?.id === event.id ? selected : null)) : null;
  const onOpen = useCallback((row: AuditRow) => event.open(row.id), [event.open]);
  const columns = useAuditColumns(all, onOpen, shown);

  return (
    <div ref={content} tabIndex={-1} className="outline-none">
      <PageHeader
        title={t('title')}
        description={t(all ? 'description' : 'descriptionOwn')}
        actions={
          <>
            {mayLive && <LiveSwitch on={isLive} state={live.state} onSwitch={setIsLive} />}
            {mayExport && <ExportButton page={page} query={query} defaults={defaults} wall={wall} meanings={meanings} actions={actions} />}
          </>
        }
      />
      {state}
      {refused && (
        <Notice tone="danger" role="alert" className="mb-3">
          {t('export.refused')} {errorText({ code: refused })}
        </Notice>
      )}
      <AuditFilterBar query={query} wall={wall} problems={page.problems} meanings={meanings} onChange={change} ownZone={ownZone}>
        <SearchBar
          query={query}
          meanings={meanings}
          suggest={actions.suggest}
          onChange={change}
          onClear={() => change({ ...defaults, ...look })}
        />
        <ViewsMenu
          views={views}
          opened={query.view}
          current={hrefOf('', { ...query, cursor: '', id: '', view: '' }, defaults).slice(1)}
          isUnclear={Object.keys(page.problems).length > 0}
          mayShare={mayShare}
          actions={actions}
        />
        <ColumnsMenu columns={shown} onChange={showColumns} />
      </AuditFilterBar>
      {figures.activity && (
        <Activity
          activity={figures.activity}
          all={all}
          unheeded={UNHEEDED.filter((name) => query[name] !== '')}
          pending={navigation.pending}
          onRange={(range) => change({ ...range, range: '' })}
        />
      )}
      {event.id && !open && (
        <Notice tone="caution" role="status" className="mb-3">
          {t('missing')}
        </Notice>
      )}
      {isLive && mayLive && <NewEvents live={live} />}
      <DataTable
        label={t('title')}
        columns={columns}
        rows={live.rows}
        rowId={(row) => row.id}
        navigation={navigation}
        wide={shown.length > USUAL_ROOM}
        empty={
          <NoEvents
            query={query}
            problems={page.problems}
            meanings={meanings}
            href={href}
            all={hrefOf(PATH, look, defaults)}
            navigation={navigation}
          />
        }
      />
      {live.rows.length > 0 && (
        <TableFooter>
          <p className="numbers min-w-24 text-right">{counted ? <EventTotal total={counted} /> : total}</p>
          {(page.newerCursor || page.olderCursor) && (
            <nav aria-label={t('pages')} className="flex gap-2">
              <Step href={page.newerCursor ? href({ cursor: page.newerCursor }) : undefined} navigation={navigation}>
                <Icon of={ChevronLeft} />
                {t('newer')}
              </Step>
              <Step href={page.olderCursor ? href({ cursor: page.olderCursor }) : undefined} navigation={navigation}>
                {t('older')}
                <Icon of={ChevronRight} />
              </Step>
            </nav>
          )}
        </TableFooter>
      )}
      {/* A portal has no place in the server's HTML. */}
      {hydrated && open && (
        <EventDetails
          row={open}
          profiles={all}
          viewerId={viewerId}
          only={(filter) => hrefOf(PATH, { ...look, ...filter }, defaults)}
          open={(id) => href({ cursor: query.cursor, id })}
          load={actions.context}
          onClose={event.close}
          finalFocus={() => document.getElementById(`event-${open.id}`) ?? content.current}
        />
      )}
    </div>
  );
}

function showColumns(columns: string) {
  const url = new URL(window.location.href);
  if (columns) url.searchParams.set('columns', columns);
  else url.searchParams.delete('columns');
  window.history.replaceState(null, '', url.pathname + url.search);
}
