import { headers } from 'next/headers';
import type { Origin } from '@/lib/permissions/permissions';

/** The headers with which the front door passes on what it found out; a client's own are replaced there. */
export const CLIENT_IP_HEADER = 'x-latchkey-client-ip';
export const REQUEST_ID_HEADER = 'x-request-id';

/** Where this request comes from, as the front door saw it. */
export async function requestOrigin(): Promise<Origin> {
  const given = await headers();
  return { ip: given.get(CLIENT_IP_HEADER), userAgent: given.get('user-agent'), requestId: given.get(REQUEST_ID_HEADER) };
}
