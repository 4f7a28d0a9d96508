import { requestOrigin } from '@/lib/auth/origin';
import { checkSession } from '@/lib/auth/sessions';
import { AppError, type ErrorCode } from '@/lib/errors';
import { type Actor, can } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { isUnavailable } from '@/lib/unavailable';

/** A file to be kept. */
export function fileAnswer(body: ReadableStream<Uint8Array>, { type, fileName }: { type: string; fileName: string }): Response {
  const headers = {
    'content-type': type,
    'content-disposition': `attachment; filename="${fileName}"`,
    'cache-control': 'private, no-store',
  };
  return new Response(body, { headers });
}

/** Signed out, disabled or no longer in a role that may: not to the end of a long file. */
export async function mayStill({ sessionId, origin }: Actor): Promise<boolean> {
  const actor = await checkSession(sessionId, origin);
  return actor !== null && can(actor, 'audit.export');
}

/** Leads the browser to a page. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'private, no-store' } });
}

/** Why no file is given; what nobody expected is logged. */
export async function codeOf(error: unknown): Promise<ErrorCode> {
  if (error instanceof AppError) return error.code;
  const { requestId } = await requestOrigin();
  runtime().log.error({ err: error, requestId }, 'export failed');
  return isUnavailable(error) ? 'unavailable' : 'unexpected';
}
