import type { ServerResponse } from 'node:http';
import type { Pulse } from '@/lib/boot/pulse';

/** GET /healthz: the process lives. */
export function answerHealth(res: ServerResponse): void {
  answer(res, 200, 'ok');
}

/** GET /readyz: the database answers (boot has migrated it) and no stop is under way. */
export async function answerReadiness(res: ServerResponse, pulse: Pulse, isStopping: boolean): Promise<void> {
  if (isStopping) return answer(res, 503, 'stopping');
  if (await pulse.beats()) answer(res, 200, 'ready');
  else answer(res, 503, 'database unavailable');
}

function answer(res: ServerResponse, status: number, text: string): void {
  const retry: Record<string, string> = status === 503 ? { 'retry-after': '1' } : {};
  res
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...retry })
    .end(JSON.stringify({ status: text }));
}
