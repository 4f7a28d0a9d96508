/** The cookie in which the browser tells its time zone, for people who have not chosen one. */
export const ZONE_COOKIE = 'latchkey-zone';

/** `zone` in its canonical spelling when it is an IANA time zone that this machine knows, else null. */
export function knownZone(zone: string | null | undefined): string | null {
  if (!zone || zone.length > 64) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
