/** Why something could not be sent. Each has its words in lib/i18n/messages/<language>/streams.json. */
export const problemCodes = [
  'status',
  'redirect',
  'timeout',
  'unreachable',
  'closed',
  'unresolved',
  'private',
  'insecure',
  'certificate',
  'no_folder',
  'file',
  'failed',
] as const;

export type ProblemCode = (typeof problemCodes)[number];

/** As pages get it. The detail is short and no secret: a status, an address, the system's word for an error. */
export type SendProblem = { code: ProblemCode; detail: string };

type Options = ErrorOptions & {
  /** The target understood, and will not take this batch however often it is sent. */
  isFinal?: boolean;
  /** It would take less at once. */
  isTooLarge?: boolean;
  /** Not before so many seconds, the target asks. */
  retryAfter?: number;
};

/** A batch, or a test, was not taken. */
export class SendError extends Error {
  override name = 'SendError';
  readonly isFinal: boolean;
  readonly isTooLarge: boolean;
  readonly retryAfter: number;

  constructor(
    readonly code: ProblemCode,
    readonly detail = '',
    { isFinal = false, isTooLarge = false, retryAfter = 0, ...options }: Options = {},
  ) {
    super(`${code} ${detail}`.trim(), options);
    this.isFinal = isFinal;
    this.isTooLarge = isTooLarge;
    this.retryAfter = retryAfter;
  }
}

/** What `text`, the message of a SendError, says. */
export function readProblem(text: string): SendProblem {
  const [code = '', ...detail] = text.split(' ');
  return problemCodes.includes(code as ProblemCode)
    ? { code: code as ProblemCode, detail: detail.join(' ') }
    : { code: 'failed', detail: '' };
}

const CERTIFICATE = /CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO_|EPROTO/;

/** Any error of a connection as a SendError. Messages of the system are left out: nobody knows what stands in them. */
export function problemOf(cause: unknown): SendError {
  if (cause instanceof SendError) return cause;
  const code = (cause as { code?: unknown })?.code;
  if (typeof code !== 'string') return new SendError('failed', '', { cause });
  if (CERTIFICATE.test(code)) return new SendError('certificate', code, { cause });
  if (code === 'ECONNRESET' || code === 'EPIPE') return new SendError('closed', code, { cause });
  if (code === 'ETIMEDOUT' || code === 'ABORT_ERR') return new SendError('timeout', '', { cause });
  return new SendError(/^E[A-Z]+$/.test(code) ? 'unreachable' : 'failed', code.slice(0, 60), { cause });
}
