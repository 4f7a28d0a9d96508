import type { ServerResponse } from 'node:http';
import type { Pool } from 'pg';

const PATIENCE = 1000;

/** GET /healthz: the process lives. */
export function answerHealth(res: ServerResponse): void {
  answer(res, 200, 'ok');
}

/** GET /readyz: the database answers (boot has migrated it) and no stop is under way. */
export async function answerReadiness(res: ServerResponse, pool: Pool, isStopping: boolean): Promise<void> {
  if (isStopping) return answer(res, 503, 'stopping');
  try {
    // A probe is told in time, also when it is a new connection that hangs.
    await Promise.race([pool.query('SELECT 1'), late()]);
    answer(res, 200, 'ready');
  } catch {
    // Why is in the log of whoever needed the database; a probe learns only that it is not there.
    answer(res, 503, 'database unavailable');
  }
}

function late(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), PATIENCE).unref());
}

function answer(res: ServerResponse, status: number, text: string): void {
  const retry: Record<string, string> = status === 503 ? { 'retry-after': '1' } : {};
  res
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...retry })
    .end(JSON.stringify({ status: text }));
}
