import type { NextRequest } from 'next/server';
import { codeOf, fileAnswer, mayStill, seeOther } from '@/app/api/audit/answers';
import { refusalAnswer } from '@/app/api/refusal-answer';
import { downloadExport } from '@/lib/audit/exports/download';
import { exportIdInput } from '@/lib/audit/exports/schema';
import { requireActor } from '@/lib/auth/actor';
import { AppError, type ErrorCode } from '@/lib/errors';
import { can } from '@/lib/permissions/permissions';

const PAGE = '/audit/exports';

/** The file of an export that was made in the background. POST, because it is recorded: the front door takes one only from our own pages. */
export async function POST(req: NextRequest, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  try {
    const actor = await requireActor();
    const id = exportIdInput.safeParse(await params).data?.id;
    if (!id) throw new AppError('not_found');
    const { body, ...file } = await downloadExport(actor, id, () => mayStill(actor));
    return fileAnswer(body, file);
  } catch (error) {
    return refuse(req, await codeOf(error));
  }
}

/** Who comes here by "Try again" or from the browser's history wants the page. */
export async function GET(): Promise<Response> {
  return (await mayExport()) ? seeOther(PAGE) : refusalAnswer('not_found');
}

/** To a browser the page it came from, which says why, if there is one for this person; to programs a code. */
async function refuse(req: NextRequest, code: ErrorCode): Promise<Response> {
  if (!req.headers.get('accept')?.includes('text/html')) return refusalAnswer(code);
  if (code === 'not_signed_in') return seeOther(`/login?callbackUrl=${encodeURIComponent(PAGE)}`);
  if (code === 'not_found' && !(await mayExport())) return refusalAnswer(code);
  return seeOther(`${PAGE}?refused=${code}`);
}

async function mayExport(): Promise<boolean> {
  const actor = await requireActor().catch(() => null);
  return actor !== null && can(actor, 'audit.export');
}
