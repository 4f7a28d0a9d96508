import { useFormatter, useTranslations } from 'next-intl';
import { CountsTable } from '@/components/ui/counts-table';
import { Bars } from '@/components/usage/bars';
import { ceilingOf } from '@/components/usage/shape';
import type { Usage, UsageRange } from '@/lib/usage/schema';

/** Every so many bars one says when it is; of a week's hours, the first of each day. */
const every: Record<UsageRange, number> = { '24h': 6, '7d': 0, '30d': 7, '90d': 15 };
// A label further to the right would stick out.
const LAST = 0.9;

/** Requests by the hour or the day: what passed, and on top of it what was refused; the same as a table below. */
export function UsageChart({ usage }: { usage: Usage }) {
  const t = useTranslations('usage.chart');
  const format = useFormatter();
  const { buckets, unit, range, totals } = usage;
  const most = buckets.reduce((best, one) => (one.allowed + one.refused > best.allowed + best.refused ? one : best));
  const ceiling = ceilingOf(most.allowed + most.refused);
  const nameOf = (start: string) => format.dateTime(new Date(start), unit === 'hour' ? 'dayAndHour' : 'weekday');
  const { requests, refused } = totals;
  const label = t(unit === 'hour' ? 'byHour' : 'byDay', { requests, refused, most: most.allowed + most.refused, when: nameOf(most.start) });
  const rows = buckets
    .toReversed()
    .map(({ start, allowed, refused }) => ({ start, all: allowed + refused, refused }))
    .filter(({ all }) => all > 0)
    .map(({ start, all, refused }) => ({
      key: start,
      name: nameOf(start),
      counts: [format.number(all), format.number(refused)] as [string, string],
    }));
  return (
    <figure className="grid gap-2">
      <div className="numbers text-faint text-xs">
        <span aria-hidden="true">{format.number(ceiling)}</span>
        <Bars
          parts={buckets}
          ceiling={ceiling}
          label={label}
          tips={buckets.map((one) => t('tip', { when: nameOf(one.start), requests: one.allowed + one.refused, refused: one.refused }))}
          className="block h-36 w-full border-line border-y"
        />
      </div>
      <Axis usage={usage} step={every[range]} />
      <details className="text-sm">
        <summary className="w-fit rounded-sm text-muted hover:text-ink">{t('asTable')}</summary>
        <div className="mt-2">
          <CountsTable label={t('title')} columns={[t(unit), t('requests'), t('refused')]} rows={rows} />
        </div>
      </details>
    </figure>
  );
}

/** When some of the bars are. */
function Axis({ usage: { buckets, range }, step }: { usage: Usage; step: number }) {
  const format = useFormatter();
  const day = (start: string | undefined) => start && format.dateTime(new Date(start), 'monthDay');
  const isNamed = (place: number) =>
    step > 0 ? place % step === 0 : place > 0 && day(buckets[place]?.start) !== day(buckets[place - 1]?.start);
  return (
    <div aria-hidden="true" className="numbers relative h-4 text-faint text-xs">
      {buckets.map(({ start }, place) =>
        isNamed(place) && place / buckets.length < LAST ? (
          <span
            key={start}
            className="absolute whitespace-nowrap max-sm:even:hidden"
            style={{ insetInlineStart: `${(100 * place) / buckets.length}%` }}
          >
            {range === '24h'
              ? format.dateTime(new Date(start), 'hour')
              : range === '7d'
                ? day(start)
                : format.dateTime(new Date(start), 'monthDay')}
          </span>
        ) : null,
      )}
    </div>
  );
}
