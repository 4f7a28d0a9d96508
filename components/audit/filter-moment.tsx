'use client';

import { useTimeZone } from 'next-intl';
import { FilterText } from '@/components/audit/filter-text';
import { instantOf } from '@/components/tokens/wall-time';

// A date is typed digit by digit, and each of them makes another date.
const PAUSE = 700;

type Props = {
  label: string;
  value: string;
  problem?: string;
  className?: string;
  /** Of a minute that comes twice, when clocks are put back: "From" means the first, "To" the last. */
  which: 'first' | 'last';
  onSend: (moment: string) => void;
};

/**
 * A date and time on the person's clocks; in the URL it is a moment in UTC, the same for whoever opens the link. While it is empty
 * only its label and the way to the calendar are seen.
 */
export function FilterMoment({ which, onSend, ...props }: Props) {
  const zone = useTimeZone() ?? 'UTC';
  return (
    <FilterText
      {...props}
      type="datetime-local"
      max="9999-12-31T23:59"
      pause={PAUSE}
      onSend={(local) => onSend(toInstant(local, zone, which))}
      inputClass="quiet-moment"
    />
  );
}

/** To the minute, as it was chosen: "To" then takes in all of that minute. What clocks never show stays as it is: the server makes sense of it. */
function toInstant(local: string, zone: string, which: 'first' | 'last'): string {
  const [date = '', time = ''] = local.split('T');
  return instantOf(date, time, zone, which)?.replace(/:\d\d\.\d+Z$/, 'Z') ?? local;
}
