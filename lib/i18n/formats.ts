import type { Formats } from 'next-intl';

/** The few ways in which moments and numbers are written, the same everywhere. */
export const formats = {
  dateTime: {
    /** A moment to the minute, with its zone: "Dec 5, 2026, 14:00 GMT+1". */
    exact: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' },
    /** The same to the millisecond, for the log. */
    precise: {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hourCycle: 'h23',
      timeZoneName: 'short',
    },
    /** A moment to the minute where the zone is named beside it. */
    short: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    day: { year: 'numeric', month: 'short', day: 'numeric' },
    /** For charts: a day, and an hour of one. */
    weekday: { weekday: 'short', month: 'short', day: 'numeric' },
    dayAndHour: { weekday: 'short', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    /** Beside the bars of a chart. */
    hour: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    monthDay: { month: 'short', day: 'numeric' },
    /** The time of a day to the second, where the zone is named beside it. */
    clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  },
} as const satisfies Formats;
