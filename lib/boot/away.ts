import type { IncomingMessage, ServerResponse } from 'node:http';
import { awayPage } from '@/lib/boot/away-page';
import type { Pulse } from '@/lib/boot/pulse';
import { negotiateLocale } from '@/lib/i18n/locales';

const RETRY_AFTER_SECONDS = '2';
// A request that takes longer may be waiting for a database that went away under it.
const LOOK_AGAIN = 500;
// Files of the build: no database is asked for them.
const FILE = /^\/(_next\/|icon\.svg|favicon\.ico)/;

/**
 * Lets the console answer a request as long as the database does; else answers 503, within 2 s. Also to one that is waiting
 * for the database when it goes away: its page would come after the driver's patience, as a fault of ours.
 */
export async function whileDatabaseAnswers(
  pulse: Pulse,
  req: IncomingMessage,
  res: ServerResponse,
  enterConsole: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Promise<void> {
  if (FILE.test(req.url ?? '')) return enterConsole(req, res);
  if (!(await pulse.beats())) return answerAway(req, res, 'unavailable');
  const watch = setInterval(async () => {
    // Of what began nobody knows whether it was done: not "nothing was changed".
    if (!res.headersSent && !(await pulse.beats())) answerAway(req, res, 'no_answer');
  }, LOOK_AGAIN);
  res.once('close', () => clearInterval(watch));
  await enterConsole(req, res);
}

/** 503 in the form that the asker understands: a page; an error code for actions (components/ui/lost.ts) and for /api/auth. */
function answerAway(req: IncomingMessage, res: ServerResponse, code: 'unavailable' | 'no_answer'): void {
  if (res.headersSent || res.destroyed) return;
  const answer = (type: string, body: string) =>
    res
      .writeHead(503, { 'content-type': type, 'cache-control': 'private, no-store', 'retry-after': RETRY_AFTER_SECONDS })
      .end(req.method === 'HEAD' ? undefined : body);
  // Next's client takes the words of a refusal from this type alone, without a charset.
  if (req.headers['next-action'] !== undefined) answer('text/plain', code);
  else if (isForScripts(req)) answer('application/json', JSON.stringify({ ok: false, url: '/login', error: { code } }));
  else answer('text/html; charset=utf-8', awayPage(negotiateLocale(req.headers['accept-language'] ?? null)));
}

function isForScripts({ url, headers }: IncomingMessage): boolean {
  return url?.startsWith('/api/') === true && headers.accept?.includes('text/html') !== true;
}
