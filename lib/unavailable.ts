const CONNECTION_CODES = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08001',
  '08003',
  '53300',
]);
const CONNECTION_WORDS =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|connection timeout|can't reach database/i;

/** Whether `error` says that the database cannot be reached or is not answering, rather than that we did something wrong. */
export function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (codesOf(cause).some((code) => CONNECTION_CODES.has(String(code))) || CONNECTION_WORDS.test(cause.message)) return true;
  }
  return false;
}

type DriverError = { originalCode?: unknown };

/** The error's own code, and PostgreSQL's where Prisma keeps it: its own says no more than that a raw query, or a commit, failed. */
function codesOf(error: Error): unknown[] {
  const { code, meta, cause } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: DriverError } }; cause?: DriverError };
  return [code, meta?.driverAdapterError?.cause?.originalCode, cause?.originalCode];
}
