import type { NextRequest } from 'next/server';
import { getTimeZone } from 'next-intl/server';
import { codeOf, fileAnswer, mayStill, seeOther } from '@/app/api/audit/answers';
import { refusalAnswer } from '@/app/api/refusal-answer';
import { exportAuditEvents } from '@/lib/audit/export';
import { earlierSizes, readSizes } from '@/lib/audit/exports/schema';
import { parseAuditQuery, zoneOf } from '@/lib/audit/filters';
import { type AuditQuery, auditQuery, exportFormat } from '@/lib/audit/schema';
import { requireActor } from '@/lib/auth/actor';
import { AppError, type ErrorCode } from '@/lib/errors';
import { authorize, can } from '@/lib/permissions/permissions';
import { defaultFilters, hrefOf, parseFilters } from '@/lib/url';

/** The events that fit the filters in the address, as a file. POST, because it is recorded: the front door takes one only from our own pages. */
export async function POST(req: NextRequest): Promise<Response> {
  // Of a repeated parameter the first counts, as on the page.
  const params = Object.fromEntries([...req.nextUrl.searchParams].reverse());
  const query = { ...parseFilters(auditQuery, params), cursor: '', id: '' };
  try {
    const actor = await requireActor();
    authorize(actor, 'audit.export');
    const { filters, problems } = parseAuditQuery(query, zoneOf(query, await getTimeZone()));
    const format = exportFormat.safeParse(params.format).data;
    const earlier = earlierSizes.safeParse(params.earlier ?? '');
    if (!format || !earlier.success || Object.keys(problems).length > 0) throw new AppError('invalid_input');
    const { body, ...file } = await exportAuditEvents(actor, filters, format, () => mayStill(actor), readSizes(earlier.data));
    return fileAnswer(body, file);
  } catch (error) {
    return refuse(req, query, await codeOf(error));
  }
}

/** Who comes here by "Try again" or from the browser's history wants the page. */
export async function GET(): Promise<Response> {
  const actor = await requireActor().catch(() => null);
  return actor && can(actor, 'audit.export') ? seeOther('/audit') : refusalAnswer('not_found');
}

/** To a browser the page it came from, which says why; to programs a code. */
function refuse(req: NextRequest, query: AuditQuery, code: ErrorCode): Response {
  if (code === 'not_found' || !req.headers.get('accept')?.includes('text/html')) return refusalAnswer(code);
  const page = hrefOf('/audit', query, defaultFilters(auditQuery));
  if (code === 'not_signed_in') return seeOther(`/login?callbackUrl=${encodeURIComponent(page)}`);
  return seeOther(`${page}${page.includes('?') ? '&' : '?'}refused=${code}`);
}
