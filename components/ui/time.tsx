'use client';

import clsx from 'clsx';
import { useFormatter, useNow } from 'next-intl';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Props = {
  /** ISO 8601. */
  at: string;
  className?: string;
};

/** A moment relative to now ("in 6 days"), with the exact moment and its zone on hover and focus. */
export function Time({ at, className }: Props) {
  const format = useFormatter();
  const relative = useRelativeTime();
  const exact = format.dateTime(new Date(at), 'exact');
  return (
    // A button, so that the exact moment can be had by keyboard and by touch.
    <button
      type="button"
      data-tip={exact}
      aria-description={exact}
      className={clsx('-my-0.5 cursor-default rounded-sm py-0.5 text-left', className)}
    >
      {/* Server and browser may know different names for a zone. */}
      <time dateTime={at} suppressHydrationWarning>
        {relative(at)}
      </time>
    </button>
  );
}

/** A moment written out, to the minute or (`precise`) to the millisecond. */
export function ExactTime({ at, precise = false, className }: Props & { precise?: boolean }) {
  const format = useFormatter();
  return (
    <time dateTime={at} className={`numbers ${className ?? ''}`} suppressHydrationWarning>
      {format.dateTime(new Date(at), precise ? 'precise' : 'exact')}
    </time>
  );
}

/** Puts a moment (ISO 8601) relative to now, which moves on. */
export function useRelativeTime(): (at: string) => string {
  const format = useFormatter();
  const now = useNow({ updateInterval: MINUTE });
  return (at) => format.relativeTime(new Date(at), relativeTo(now, new Date(at)));
}

/** Days up to two months, months up to two years: "in 30 days" says more than "next month". */
function relativeTo(now: Date, date: Date) {
  const distance = Math.abs(date.getTime() - now.getTime());
  if (distance < MINUTE) return { now: date };
  if (distance < HOUR) return { now, unit: 'minute' } as const;
  if (distance < DAY) return { now, unit: 'hour' } as const;
  if (distance < 62 * DAY) return { now, unit: 'day' } as const;
  return { now, unit: distance < 730 * DAY ? 'month' : 'year' } as const;
}
