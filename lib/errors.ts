/** Every refusal that people can meet. Each has its message in lib/i18n/messages/<language>/errors.json. */
export const errorCodes = [
  'invalid_input',
  'not_signed_in',
  'forbidden',
  'not_found',
  'cross_site',
  'name_taken',
  'email_taken',
  'expiration_past',
  'expiration_required',
  'changed_meanwhile',
  'grace_expired',
  'grace_over',
  'grace_too_long',
  'grace_not_allowed',
  'grace_not_longer',
  'name_mismatch',
  'suspended_by_admin',
  'last_admin',
  'credentials_wrong',
  'wrong_password',
  'password_common',
  'link_invalid',
  'setup_closed',
  'setup_code_wrong',
  'too_many_attempts',
  'exports_running',
  'exports_waiting',
  'too_many_exports',
  'exports_full',
  'stream_name_taken',
  'too_many_streams',
  'view_name_taken',
  'too_many_views',
  'target_unresolved',
  'target_private',
  'target_insecure',
  'target_no_folder',
  'unavailable',
  'no_answer',
  'unexpected',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Whether `text` is one of `errorCodes`. */
export function isErrorCode(text: string | undefined): text is ErrorCode {
  return errorCodes.includes(text as ErrorCode);
}

const saidWithValues: readonly ErrorCode[] = [
  'grace_too_long',
  'exports_waiting',
  'too_many_exports',
  'too_many_streams',
  'too_many_views',
  'target_unresolved',
  'target_private',
  'target_insecure',
];

/** Whether `text`, which an address brought, is one of `errorCodes` that says something by itself. */
export function isPlainErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && isErrorCode(text) && !saidWithValues.includes(text);
}

/** What can be wrong with one field of an `invalid_input`; schemas give these as their messages. */
export const ruleNames = [
  'required',
  'too_long',
  'too_short',
  'forbidden_characters',
  'only_invisible',
  'date_invalid',
  'email_invalid',
  'time_zone_invalid',
  'too_many',
  'scope_invalid',
  'address_invalid',
  'prefix_invalid',
  'host_bits',
  'limit_invalid',
  'months_invalid',
  'quota_invalid',
  'grace_invalid',
  'key_not_json',
  'key_private',
  'key_symmetric',
  'key_unsupported',
  'key_weak',
  'key_invalid',
  'key_unsaved',
  'url_invalid',
  'host_invalid',
  'port_invalid',
  'file_name_invalid',
  'certificate_invalid',
  'threshold_invalid',
] as const;

export type RuleName = (typeof ruleNames)[number];

/** Whether `text` is one of `ruleNames`. */
export function isRule(text: string | undefined): text is RuleName {
  return ruleNames.includes(text as RuleName);
}

/**
 * An expected refusal, thrown anywhere and turned once, at the edge, into an action result, a problem+json or notFound().
 * `field` names the input beside which it is shown; `values` fill its message.
 */
export class AppError extends Error {
  override name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: { field?: string; rule?: RuleName; values?: Record<string, string | number> } = {},
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}
