import { NextResponse } from 'next/server';
import { statusOf } from '@/lib/auth/answers';
import type { ErrorCode } from '@/lib/errors';

/** A refusal for programs. */
export function refusalAnswer(code: ErrorCode): Response {
  const status = statusOf(code);
  const wait: Record<string, string> = status === 429 || status === 503 ? { 'retry-after': '5' } : {};
  return NextResponse.json({ ok: false, error: { code } }, { status, headers: { 'cache-control': 'private, no-store', ...wait } });
}
