import type { ErrorCode } from '@/lib/errors';

/** What /api/auth answers to signing in and out; `url` is where to go. */
export type AuthAnswer =
  | { ok: true; url: string }
  | { ok: false; url: string; error: { code: ErrorCode; values?: Record<string, string | number> } };

/** The HTTP status of a refusal. */
export function statusOf(code: ErrorCode): number {
  const statuses: Partial<Record<ErrorCode, number>> = {
    invalid_input: 400,
    not_signed_in: 401,
    credentials_wrong: 401,
    cross_site: 403,
    not_found: 404,
    too_many_attempts: 429,
    exports_running: 429,
    unavailable: 503,
  };
  return statuses[code] ?? 500;
}
