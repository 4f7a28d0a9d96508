import { headers } from 'next/headers';
import { CLIENT_IP_HEADER, REQUEST_ID_HEADER } from '@/lib/auth/origin-headers';
import type { Origin } from '@/lib/permissions/permissions';

/** Where this request comes from, as the front door saw it. */
export async function requestOrigin(): Promise<Origin> {
  const given = await headers();
  return { ip: given.get(CLIENT_IP_HEADER) || null, userAgent: given.get('user-agent'), requestId: given.get(REQUEST_ID_HEADER) };
}
