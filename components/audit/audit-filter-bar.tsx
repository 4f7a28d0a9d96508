'use client';

import clsx from 'clsx';
import { KeyRound, ListFilter, type LucideIcon, SlidersHorizontal, UserRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useId, useState } from 'react';
import { FilterMoment } from '@/components/audit/filter-moment';
import { FilterPlace, FilterText } from '@/components/audit/filter-text';
import { RangeSelect } from '@/components/audit/range-select';
import { useEventWords, useReasonWords } from '@/components/audit/use-event-words';
import { ZoneSelect } from '@/components/audit/zone-select';
import { FilterSelect } from '@/components/table/filters';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { IconButton } from '@/components/ui/icon-button';
import type { AuditFilterName, AuditMeanings, AuditProblems, AuditQuery } from '@/lib/audit/schema';
import { auditFilterNames, auditReasons, eventGroups, eventKinds, eventNames, outcomes } from '@/lib/audit/values';

type Props = {
  query: AuditQuery;
  /** `from` and `to` as their inputs want them: on the clocks of the person's time zone. */
  wall: { from: string; to: string };
  problems: AuditProblems;
  /** The names that ids in the filters stand for. */
  meanings: AuditMeanings;
  /** Shows the log with these filters; `typing`: without a step in the browser's history. */
  onChange: (change: Partial<AuditQuery>, how?: { typing: boolean }) => void;
  /** The person's own time zone. */
  ownZone: string;
  /** What stands above the controls. */
  children: ReactNode;
};

// Rarely wanted: they unfold, unless one of them is set.
const RARE = ['target', 'reason', 'request'] as const;

/** The filters of the log. On phones they unfold, unless one of them needs attention. */
export function AuditFilterBar({ query, wall, problems, meanings, onChange, ownZone, children }: Props) {
  const t = useTranslations('audit.filters');
  const p = useTranslations('audit.problems');
  const { title } = useEventWords();
  const id = useId();
  const say = useProblemWords(query, problems);
  const set = auditFilterNames.filter((name) => query[name] !== '');
  const [unfolded, setUnfolded] = useState(false);
  const open = unfolded || Object.keys(problems).length > 0;
  const [isMore, setIsMore] = useState(false);
  const isRareSet = RARE.some((name) => query[name] !== '');
  const showRare = isMore || isRareSet;
  const typed = (name: 'actor' | 'target' | 'token' | 'ip' | 'request' | 'from' | 'to') => ({
    label: t(name),
    problem: say(name),
    unset: t('any'),
  });
  const chosen = (name: 'kind' | 'event' | 'outcome' | 'reason') => ({
    label: t(name),
    value: query[name],
    'aria-invalid': problems[name] ? true : undefined,
    'aria-describedby': problems[name] ? `${id}-${name}-note` : undefined,
    className: 'w-full',
  });
  return (
    <search aria-label={t('label')} className="mb-4 grid gap-2">
      <div className="flex flex-wrap items-start gap-2">
        {children}
        <Button className="sm:hidden" aria-expanded={open} aria-controls={id} onClick={() => setUnfolded(!open)}>
          <Icon of={SlidersHorizontal} />
          {t('show', { count: set.length })}
        </Button>
        <div className={clsx('max-sm:basis-full', !open && 'max-sm:hidden')}>
          <FilterPlace id={`${id}-zone`} problem={problems.zone && p('zone_unknown', { text: query.zone })}>
            <ZoneSelect
              value={query.zone}
              own={ownZone}
              problem={problems.zone !== undefined}
              describedBy={problems.zone && `${id}-zone-note`}
              onChoose={(zone) => onChange({ zone })}
              className="w-full"
            />
          </FilterPlace>
        </div>
      </div>
      <div id={id} className={clsx('flex flex-wrap items-start gap-2 max-sm:grid max-sm:grid-cols-1', !open && 'max-sm:hidden')}>
        <FilterPlace id={`${id}-kind`} problem={say('kind')}>
          <FilterSelect {...chosen('kind')} onChoose={(kind) => onChange({ kind })}>
            <option value="">{t('any')}</option>
            {problems.kind && <option value={query.kind}>{query.kind}</option>}
            <KindOptions />
          </FilterSelect>
        </FilterPlace>
        <FilterPlace id={`${id}-event`} problem={say('event')}>
          <FilterSelect {...chosen('event')} onChoose={(event) => onChange({ event })}>
            <option value="">{t('any')}</option>
            {problems.event && <option value={query.event}>{query.event}</option>}
            <EventOptions title={title} />
          </FilterSelect>
        </FilterPlace>
        <FilterText
          {...typed('actor')}
          {...exactly(query.actor, meanings.actor, UserRound)}
          placeholder={t('actorHint')}
          onSend={(actor) => onChange({ actor }, { typing: true })}
          className="sm:min-w-28 sm:max-w-64"
        />
        <FilterText
          {...typed('token')}
          {...exactly(query.token, meanings.token, KeyRound)}
          placeholder={t('tokenHint')}
          onSend={(token) => onChange({ token }, { typing: true })}
          className="sm:min-w-28 sm:max-w-64"
        />
        <FilterPlace id={`${id}-outcome`} problem={say('outcome')}>
          <FilterSelect {...chosen('outcome')} onChoose={(outcome) => onChange({ outcome })}>
            <option value="">{t('any')}</option>
            {problems.outcome && <option value={query.outcome}>{query.outcome}</option>}
            <OutcomeOptions />
          </FilterSelect>
        </FilterPlace>
        <FilterText
          {...typed('ip')}
          value={query.ip}
          placeholder={t('ipHint')}
          onSend={(ip) => onChange({ ip }, { typing: true })}
          className="sm:min-w-34 sm:max-w-80"
        />
        <IconButton
          label={t('more')}
          icon={ListFilter}
          aria-expanded={showRare}
          aria-controls={`${id}-rare`}
          disabled={isRareSet}
          onClick={() => setIsMore(!isMore)}
          className="max-sm:hidden"
        />
        <div className="flex flex-wrap items-start gap-y-2 max-sm:grid max-sm:grid-cols-1 sm:-space-x-px">
          <FilterPlace id={`${id}-range`} problem={say('range')}>
            <RangeSelect
              value={query.range}
              custom={query.from !== '' || query.to !== ''}
              problem={problems.range !== undefined}
              describedBy={problems.range && `${id}-range-note`}
              onChoose={(range) => onChange({ range, from: '', to: '' })}
              className="w-full sm:rounded-r-none"
            />
          </FilterPlace>
          <FilterMoment
            {...typed('from')}
            which="first"
            value={wall.from}
            onSend={(from) => onChange({ from, range: '' }, { typing: true })}
            className="sm:rounded-none"
          />
          <FilterMoment
            {...typed('to')}
            which="last"
            value={wall.to}
            onSend={(to) => onChange({ to, range: '' }, { typing: true })}
            className="sm:rounded-l-none"
          />
        </div>
        <div id={`${id}-rare`} className={clsx('flex basis-full flex-wrap items-start gap-2 max-sm:grid', !showRare && 'sm:hidden')}>
          <FilterText
            {...typed('target')}
            {...exactly(query.target, meanings.target, UserRound)}
            placeholder={t('actorHint')}
            onSend={(target) => onChange({ target }, { typing: true })}
            className="sm:min-w-28 sm:max-w-64"
          />
          <FilterPlace id={`${id}-reason`} problem={say('reason')}>
            <FilterSelect {...chosen('reason')} onChoose={(reason) => onChange({ reason })}>
              <option value="">{t('any')}</option>
              {problems.reason && <option value={query.reason}>{query.reason}</option>}
              <ReasonOptions />
            </FilterSelect>
          </FilterPlace>
          <FilterText
            {...typed('request')}
            value={query.request}
            placeholder={t('requestHint')}
            onSend={(request) => onChange({ request }, { typing: true })}
            className="sm:min-w-64 sm:max-w-110"
            inputClass="font-mono"
          />
        </div>
      </div>
    </search>
  );
}

function KindOptions() {
  const t = useTranslations('audit.kinds');
  return eventKinds.map((kind) => (
    <option key={kind} value={kind}>
      {t(kind)}
    </option>
  ));
}

function EventOptions({ title }: { title: (event: string) => string }) {
  const t = useTranslations('audit.groups');
  return eventGroups.map((group) => {
    const names = eventNames.filter((name) => name.startsWith(`${group}.`));
    return (
      <optgroup key={group} label={t(group)}>
        {[`${group}.*`, ...names].map((name) => (
          <option key={name} value={name}>
            {title(name)}
          </option>
        ))}
      </optgroup>
    );
  });
}

function ReasonOptions() {
  const t = useTranslations('audit.groups');
  const words = useReasonWords();
  return (['token', 'user', 'audit'] as const).map((group) => (
    <optgroup key={group} label={t(group)}>
      {auditReasons[group]
        // Of tokens and accounts alike, and chosen once.
        .filter((reason) => group === 'token' || reason !== 'unknown')
        .map((reason) => (
          <option key={reason} value={reason}>
            {words(reason)}
          </option>
        ))}
    </optgroup>
  ));
}

function OutcomeOptions() {
  const t = useTranslations('audit.outcomes');
  return outcomes.map((outcome) => (
    <option key={outcome} value={outcome}>
      {t(outcome)}
    </option>
  ));
}

/** An id that a link put into the filter is shown as what it stands for. */
function exactly(text: string, name: string | undefined, icon: LucideIcon) {
  return name === undefined ? { value: text } : { value: name, icon, title: text };
}

function useProblemWords(query: AuditQuery, problems: AuditProblems) {
  const t = useTranslations('audit.problems');
  return (name: AuditFilterName) => {
    const problem = problems[name];
    return problem && t(problem, { text: query[name] });
  };
}
