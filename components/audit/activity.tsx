'use client';

import clsx from 'clsx';
import { useFormatter, useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { type Selection, useBarSelection } from '@/components/audit/use-bar-selection';
import { CountsTable } from '@/components/ui/counts-table';
import { barsOf, ceilingOf, widthOf } from '@/components/usage/shape';
import type { AuditActivity, AuditFilterName } from '@/lib/audit/schema';

type Props = {
  activity: AuditActivity;
  /** Everybody's, or only what concerns this person. */
  all: boolean;
  /** Filters that narrow the table and not the bars. */
  unheeded: AuditFilterName[];
  pending: boolean;
  /** `to` is empty when the end is now. */
  onRange: (range: { from: string; to: string }) => void;
};

/** How much happened when. Dragging over the bars, or the arrow keys and Enter, set the range of the table. */
export function Activity({ activity, all, unheeded, pending, onRange }: Props) {
  const t = useTranslations('audit.activity');
  const f = useTranslations('audit.filters');
  const format = useFormatter();
  const id = useId();
  const { bars, end, isOpen } = activity;
  const words = useBarWords(activity);
  const [isTable, setIsTable] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const { selection, handlers } = useBarSelection(bars.length, setPointed, ({ first, last }) =>
    onRange({
      from: minuteOf(bars[first]?.start ?? end),
      // "To" takes in its whole minute: the last one before the bar ends.
      to: last === bars.length - 1 && isOpen ? '' : minuteOf(new Date(Date.parse(bars[last + 1]?.start ?? end) - 60_000).toISOString()),
    }),
  );
  const shown: Selection | null = selection ?? (pointed === null ? null : { first: pointed, last: pointed });
  const total = words({ first: 0, last: bars.length - 1 });
  const ceiling = ceilingOf(Math.max(...bars.map(({ ok, refused }) => ok + refused)));
  const paths = barsOf(
    bars.map(({ ok, refused }) => ({ allowed: ok, refused })),
    ceiling,
  );
  return (
    <figure className={clsx('mb-4 grid gap-1.5 transition-opacity', pending && 'opacity-60')}>
      <figcaption className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-muted text-xs">
        <span className="font-medium text-ink">{t(all ? 'all' : 'own')}</span>
        <span className="numbers" suppressHydrationWarning>
          {total.when}
        </span>
        {unheeded.length > 0 && <span>{t('unheeded', { names: format.list(unheeded.map((name) => f(name))) })}</span>}
        {activity.hasOlder && <span>{t('older')}</span>}
        {activity.behindSince && (
          <span suppressHydrationWarning>{t('behind', { when: format.dateTime(new Date(activity.behindSince), 'exact') })}</span>
        )}
        <span className="numbers flex items-baseline gap-3 sm:ml-auto">
          <Figure tone="bg-bar" label={t('ok')} count={total.ok} />
          <Figure tone="bg-danger-fill" label={t('refused')} count={total.refused} />
        </span>
        <button
          type="button"
          aria-expanded={isTable}
          onClick={() => setIsTable(!isTable)}
          className="min-h-6 rounded-sm underline-offset-4 hover:text-ink hover:underline max-sm:ml-auto"
        >
          {t('asTable')}
        </button>
      </figcaption>
      <div className="relative">
        <div
          role="slider"
          tabIndex={0}
          aria-label={t('label')}
          aria-describedby={`${id}-hint`}
          aria-valuemin={1}
          aria-valuemax={bars.length}
          aria-valuenow={(selection?.head ?? bars.length - 1) + 1}
          aria-valuetext={t('value', words(selection ?? { first: bars.length - 1, last: bars.length - 1 }))}
          {...handlers}
          className="relative h-16 cursor-crosshair touch-pan-y select-none rounded-sm border-line border-b focus-visible:outline-offset-1"
        >
          {shown && (
            <span
              aria-hidden="true"
              className={clsx('absolute inset-y-0 rounded-[2px]', selection ? 'border-brass border-x bg-brass-soft' : 'bg-pressed')}
              style={{ left: share(shown.first, bars.length), width: share(shown.last - shown.first + 1, bars.length) }}
            />
          )}
          <svg
            aria-hidden="true"
            viewBox={`0 0 ${widthOf(bars.length)} 100`}
            preserveAspectRatio="none"
            className="pointer-events-none relative block size-full"
          >
            <path d={paths.allowed} className="fill-bar" />
            <path d={paths.refused} className="fill-danger-fill" />
          </svg>
        </div>
        {shown && <Tip at={(shown.first + shown.last + 1) / 2 / bars.length} {...words(shown)} />}
        <p id={`${id}-hint`} hidden>
          {t('hint')}
        </p>
      </div>
      <Axis activity={activity} />
      {isTable && <AsTable activity={activity} words={words} />}
    </figure>
  );
}

function share(part: number, of: number): string {
  return `${(100 * part) / of}%`;
}

function minuteOf(iso: string): string {
  return `${iso.slice(0, 'YYYY-MM-DDTHH:MM'.length)}Z`;
}

type Words = { when: string; ok: number; refused: number };

/** When some bars are, exactly, and what they hold. */
function useBarWords({ bars, end }: AuditActivity): (selection: Selection) => Words {
  const format = useFormatter();
  return ({ first, last }) => {
    const some = bars.slice(first, last + 1);
    const [from, to] = [new Date(bars[first]?.start ?? end), new Date(bars[last + 1]?.start ?? end)];
    const isOneDay = format.dateTime(from, 'day') === format.dateTime(to, 'day');
    return {
      when: `${format.dateTime(from, 'short')} – ${format.dateTime(to, isOneDay ? 'hour' : 'short')}`,
      ok: some.reduce((sum, one) => sum + one.ok, 0),
      refused: some.reduce((sum, one) => sum + one.refused, 0),
    };
  };
}

function Figure({ tone, label, count }: { tone: string; label: string; count: number }) {
  const format = useFormatter();
  return (
    <span className="flex items-baseline gap-1.5 whitespace-nowrap">
      <span aria-hidden="true" className={clsx('size-2 rounded-[2px]', tone)} />
      {label} <span className="font-medium text-ink">{format.number(count)}</span>
    </span>
  );
}

/** What is pointed at or chosen, above its bars and inside the page. For eyes only: the bars say it themselves. */
function Tip({ at, when, ok, refused }: Words & { at: number }) {
  const t = useTranslations('audit.activity');
  const place = `clamp(0%, ${at * 100}%, 100%)`;
  return (
    <div
      aria-hidden="true"
      className="numbers pointer-events-none absolute bottom-full z-10 mb-1 grid w-max max-w-full gap-0.5 rounded-md bg-raised px-2.5 py-1.5 text-xs shadow-float"
      style={{ left: place, transform: `translateX(-${at * 100}%)` }}
    >
      <span className="text-muted">{when}</span>
      <span className="flex gap-3">
        <Figure tone="bg-bar" label={t('ok')} count={ok} />
        <Figure tone="bg-danger-fill" label={t('refused')} count={refused} />
      </span>
    </div>
  );
}

// About as many labels as a phone has room for, twice.
const LABELS = 8;
const ROUND_MINUTES = [5, 10, 15, 30, 60, 120, 180, 240, 360];

/** When some of the bars are: round times of up to a day, else days. */
function Axis({ activity: { bars, end, unit } }: { activity: AuditActivity }) {
  const format = useFormatter();
  const span = (Date.parse(end) - Date.parse(bars[0]?.start ?? end)) / 60_000;
  const isShort = span <= 26 * 60;
  const words = bars.map(({ start }) => format.dateTime(new Date(start), isShort ? 'hour' : 'monthDay'));
  const round = ROUND_MINUTES.find((minutes) => span / minutes <= LABELS) ?? 360;
  const isNamed = (n: number) => (isShort ? minutesOf(words[n]) % round === 0 : unit === 'day' || (n > 0 && words[n] !== words[n - 1]));
  const places = bars.map((_, n) => n).filter(isNamed);
  const thin = Math.max(1, Math.ceil(places.length / LABELS));
  return (
    <div aria-hidden="true" className="numbers relative h-4 text-faint text-xs">
      {places
        .filter((_, n) => n % thin === 0)
        .filter((n) => n / bars.length < 0.95)
        .map((n) => (
          <span
            key={bars[n]?.start}
            className={clsx('absolute whitespace-nowrap max-sm:even:hidden', n / bars.length > 0.85 && 'max-sm:hidden')}
            style={{ left: share(n, bars.length) }}
            suppressHydrationWarning
          >
            {words[n]}
          </span>
        ))}
    </div>
  );
}

/** Of a time such as 14:30, since midnight. */
function minutesOf(clock = ''): number {
  const [hours, minutes] = clock.split(/\D/).map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

function AsTable({ activity: { bars }, words }: { activity: AuditActivity; words: (selection: Selection) => Words }) {
  const t = useTranslations('audit.activity');
  const format = useFormatter();
  const rows = bars.flatMap(({ start, ok, refused }, n) =>
    ok + refused === 0
      ? []
      : [{ key: start, name: words({ first: n, last: n }).when, counts: [format.number(ok), format.number(refused)] as [string, string] }],
  );
  return <CountsTable label={t('label')} columns={[t('time'), t('ok'), t('refused')]} rows={rows} />;
}
