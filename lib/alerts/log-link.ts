import type { AlertRow } from '@/lib/alerts/schema';

type Told = Pick<AlertRow, 'rule' | 'address' | 'reason' | 'firstAt' | 'lastAt'> & { token: { id: string } | null };

/** The address of the log that shows an alert’s events and no others: those of its token, address and reason, from its first to its last. */
export function eventsOf({ rule, token, address, reason, firstAt, lastAt }: Told): string {
  const isUse = rule === 'new_network' || rule === 'dormant' || rule === 'rate';
  const params = new URLSearchParams({ event: isUse ? 'token.used' : 'token.refused' });
  if (token) params.set('token', token.id);
  if (reason) params.set('reason', reason);
  if (address && address !== '*') params.set('ip', address);
  params.set('from', firstAt);
  params.set('to', lastAt);
  return `/audit?${params}`;
}
