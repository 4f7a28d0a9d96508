import clsx from 'clsx';
import { useFormatter, useTranslations } from 'next-intl';
import type { Usage } from '@/lib/usage/schema';

/** How many requests, and how many of them refused, beside the same length of time before. The colours are the chart's. */
export function UsageFigures({ usage: { range, totals } }: { usage: Usage }) {
  const t = useTranslations('usage');
  return (
    <dl className="flex flex-wrap gap-x-12 gap-y-3">
      <Figure label={t('requests')} colour="bg-brass" value={totals.requests} before={totals.requestsBefore} range={t(`ranges.${range}`)} />
      <Figure
        label={t('refused')}
        colour="bg-danger-fill"
        value={totals.refused}
        before={totals.refusedBefore}
        range={t(`ranges.${range}`)}
      />
    </dl>
  );
}

type FigureProps = { label: string; colour: string; value: number; before: number; range: string };

function Figure({ label, colour, value, before, range }: FigureProps) {
  const t = useTranslations('usage.change');
  const format = useFormatter();
  const change = before === 0 ? 0 : value / before - 1;
  // Ten times as many is told as a factor by nobody's calculator: from there on the number itself says more.
  const isTold = before > 0 && Math.abs(change) < 10;
  const percent = format.number(Math.abs(change), { style: 'percent', maximumFractionDigits: 0 });
  const way = Math.abs(change) < 0.005 ? 'same' : change > 0 ? 'more' : 'fewer';
  return (
    <div className="grid gap-0.5">
      <dt className="flex items-center gap-2 text-muted text-sm">
        <span aria-hidden="true" className={clsx('size-2 rounded-sm', colour)} />
        {label}
      </dt>
      <dd className="numbers font-semibold text-2xl tracking-tight">{format.number(value)}</dd>
      <dd className="numbers text-muted text-sm">{isTold ? t(way, { percent, range }) : t('before', { count: before, range })}</dd>
    </div>
  );
}
