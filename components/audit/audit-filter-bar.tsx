'use client';

import clsx from 'clsx';
import { SlidersHorizontal } from 'lucide-react';
import { useTimeZone, useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { FilterPlace, FilterText } from '@/components/audit/filter-text';
import { RangePresets } from '@/components/audit/range-presets';
import { useEventWords } from '@/components/audit/use-event-words';
import { ClearFilters, FilterSelect } from '@/components/table/filters';
import { instantOf } from '@/components/tokens/wall-time';
import { Button } from '@/components/ui/button';
import { Icon } from '@/components/ui/icon';
import { LiveControls } from '@/components/ui/live-controls';
import type { AuditFilterName, AuditProblems, AuditQuery } from '@/lib/audit/schema';
import { auditFilterNames, eventNames, outcomes } from '@/lib/audit/values';

type Props = {
  query: AuditQuery;
  /** `from` and `to` as their inputs want them: on the clocks of the person's time zone. */
  wall: { from: string; to: string };
  problems: AuditProblems;
  /** What an id in a filter stands for. */
  meanings: { actor?: string; token?: string };
  /** Shows the log with these filters; `typing`: without a step in the browser's history. */
  onChange: (change: Partial<AuditQuery>, how?: { typing: boolean }) => void;
  onClear: () => void;
};

// A date is typed digit by digit, and each of them makes another date.
const DATE_PAUSE = 700;

/** The filters of the log. On phones they unfold, unless one of them needs attention. */
export function AuditFilterBar({ query, wall, problems, meanings, onChange, onClear }: Props) {
  const t = useTranslations('audit.filters');
  const { title } = useEventWords();
  const id = useId();
  const say = useProblemWords(query, problems);
  const set = auditFilterNames.filter((name) => query[name] !== '');
  const [unfolded, setUnfolded] = useState(false);
  const open = unfolded || Object.keys(problems).length > 0;
  const typed = (name: AuditFilterName) => ({ label: t(name as 'actor'), problem: say(name) });
  return (
    <search aria-label={t('label')} className="mb-3 grid gap-2">
      {/* The list comes after the page around it: what is chosen too early would be lost. */}
      <LiveControls>
        <Button className="sm:hidden" aria-expanded={open} aria-controls={id} onClick={() => setUnfolded(!open)}>
          <Icon of={SlidersHorizontal} />
          {t('show', { count: set.length })}
        </Button>
        <div id={id} className={clsx('flex flex-wrap items-start gap-2 max-sm:grid max-sm:grid-cols-1', !open && 'max-sm:hidden')}>
          <FilterPlace id={`${id}-event`} problem={say('event')}>
            <FilterSelect
              label={t('event')}
              value={query.event}
              aria-invalid={problems.event ? true : undefined}
              aria-describedby={problems.event ? `${id}-event-note` : undefined}
              onChoose={(event) => onChange({ event })}
            >
              <option value="">{t('any')}</option>
              {problems.event && <option value={query.event}>{query.event}</option>}
              <EventOptions title={title} />
            </FilterSelect>
          </FilterPlace>
          <FilterPlace id={`${id}-outcome`} problem={say('outcome')}>
            <FilterSelect
              label={t('outcome')}
              value={query.outcome}
              aria-invalid={problems.outcome ? true : undefined}
              aria-describedby={problems.outcome ? `${id}-outcome-note` : undefined}
              onChoose={(outcome) => onChange({ outcome })}
            >
              <option value="">{t('any')}</option>
              {problems.outcome && <option value={query.outcome}>{query.outcome}</option>}
              <OutcomeOptions />
            </FilterSelect>
          </FilterPlace>
          <FilterText
            {...typed('actor')}
            value={query.actor}
            placeholder={t('actorHint')}
            meaning={meanings.actor}
            onSend={(actor) => onChange({ actor }, { typing: true })}
            className="sm:w-56"
          />
          <FilterText
            {...typed('token')}
            value={query.token}
            placeholder={t('tokenHint')}
            meaning={meanings.token}
            onSend={(token) => onChange({ token }, { typing: true })}
            className="sm:w-52"
          />
          <FilterText
            {...typed('ip')}
            value={query.ip}
            placeholder={t('ipHint')}
            onSend={(ip) => onChange({ ip }, { typing: true })}
            className="sm:w-60"
          />
          <FilterPlace id={`${id}-range`} problem={say('range')}>
            <RangePresets
              value={query.range}
              custom={query.from !== '' || query.to !== ''}
              onChoose={(range) => onChange({ range, from: '', to: '' })}
            />
          </FilterPlace>
          <Moment {...typed('from')} value={wall.from} onSend={(from) => onChange({ from, range: '' }, { typing: true })} />
          <Moment {...typed('to')} value={wall.to} onSend={(to) => onChange({ to, range: '' }, { typing: true })} />
          {set.length > 0 && <ClearFilters onClear={onClear} />}
        </div>
      </LiveControls>
    </search>
  );
}

function EventOptions({ title }: { title: (event: string) => string }) {
  const t = useTranslations('audit.groups');
  return (['token', 'user'] as const).map((group) => (
    <optgroup key={group} label={t(group)}>
      {eventNames
        .filter((name) => name.startsWith(`${group}.`))
        .map((name) => (
          <option key={name} value={name}>
            {title(name)}
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

type MomentProps = { label: string; value: string; problem?: string; onSend: (moment: string) => void };

/** A date and time on the person's clocks; in the URL it is a moment in UTC, the same for whoever opens the link. */
function Moment({ label, value, problem, onSend }: MomentProps) {
  const zone = useTimeZone() ?? 'UTC';
  return (
    <FilterText
      label={label}
      type="datetime-local"
      max="9999-12-31T23:59"
      value={value}
      pause={DATE_PAUSE}
      problem={problem}
      onSend={(local) => onSend(toInstant(local, zone))}
      className="sm:w-62"
    />
  );
}

/** To the minute, as it was chosen: "To" then takes in all of that minute. */
function toInstant(local: string, zone: string): string {
  const [date = '', time = ''] = local.split('T');
  return instantOf(date, time, zone)?.replace(/:\d\d\.\d+Z$/, 'Z') ?? local;
}

function useProblemWords(query: AuditQuery, problems: AuditProblems) {
  const t = useTranslations('audit.problems');
  return (name: AuditFilterName) => {
    const problem = problems[name];
    return problem && t(problem, { text: query[name] });
  };
}
