const HOUR = 3600;

const usual = [HOUR, 8 * HOUR, 24 * HOUR];

/** For how many seconds a replaced value can be let live on where the policy allows so many hours: the usual choices, and all that is allowed. */
export function gracesWithin(hours: number): number[] {
  const longest = hours * HOUR;
  return [...usual.filter((seconds) => seconds < longest), ...(longest > 0 ? [longest] : [])];
}

/** When a grace of so many seconds ends that begins now: `notAfter` (ISO 8601) at the latest, and whether that is why. */
export function graceEnd(seconds: number, now: Date, notAfter: string | null): { until: Date; isCut: boolean } {
  const chosen = now.getTime() + seconds * 1000;
  const isCut = notAfter !== null && Date.parse(notAfter) < chosen;
  return { until: new Date(isCut ? notAfter : chosen), isCut };
}

/** The seconds that the field of a form says. */
export function readGrace(fields: FormData): number {
  return Number(fields.get('graceSeconds') ?? 0);
}
