const HOUR = 3600;

/** How long a replaced value can be let live on, in seconds; the server takes up to the longest. */
export const graces = [HOUR, 8 * HOUR, 24 * HOUR] as const;

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
