'use client';

import { useTimeZone } from 'next-intl';
import { FilterText } from '@/components/audit/filter-text';
import { instantOf } from '@/components/tokens/wall-time';

// A date is typed digit by digit, and each of them makes another date.
const PAUSE = 700;

type Props = { label: string; value: string; problem?: string; className?: string; onSend: (moment: string) => void };

/**
 * A date and time on the person's clocks; in the URL it is a moment in UTC, the same for whoever opens the link. While it is empty
 * only its label and the way to the calendar are seen.
 */
export function FilterMoment({ onSend, ...props }: Props) {
  const zone = useTimeZone() ?? 'UTC';
  return (
    <FilterText
      {...props}
      type="datetime-local"
      max="9999-12-31T23:59"
      pause={PAUSE}
      onSend={(local) => onSend(toInstant(local, zone))}
      inputClass="quiet-moment"
    />
  );
}

/** To the minute, as it was chosen: "To" then takes in all of that minute. */
function toInstant(local: string, zone: string): string {
  const [date = '', time = ''] = local.split('T');
  return instantOf(date, time, zone)?.replace(/:\d\d\.\d+Z$/, 'Z') ?? local;
}
