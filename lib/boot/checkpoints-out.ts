import { open } from 'node:fs/promises';
import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { formatKey, readNote, type Verifier } from '@/lib/audit/ledger/note';
import type { Job } from '@/lib/boot/leader';
import type { Env } from '@/lib/env';

/** A place outside of the database where checkpoints are kept: whoever rewrites the database cannot rewrite what is there. */
type Outlet = { name: string; put: (note: string, signal: AbortSignal) => Promise<void> };

/** Into the log, which is for people too, less often than to places that are for this. */
const MINUTE = 60_000;
const SOON = 10_000;
/** Where nothing was added to the log, that is said less often. */
const HOUR = 60 * MINUTE;
const WEBHOOK_PATIENCE = 5000;

/** The jobs that take checkpoints out: one a place, so that one that hangs delays no other. */
export function checkpointJobs(env: Pick<Env, 'checkpointFile' | 'checkpointWebhook'>, verifier: Verifier, log: Logger): Job[] {
  // Also where only warnings are logged: without other places, this is the only one where a checkpoint is safe from whoever rewrites the database.
  const always = log.child({}, { level: 'info' });
  const outlets: Outlet[] = [
    { name: 'log', put: async (note) => always.info({ checkpoint: note, key: formatKey(verifier) }, 'the log was sealed') },
  ];
  const { checkpointFile: file, checkpointWebhook: webhook } = env;
  if (file) outlets.push({ name: 'file', put: (note) => append(file, note) });
  if (webhook) outlets.push({ name: 'webhook', put: (note, signal) => post(webhook, note, signal) });
  return outlets.map((outlet) => checkpointJob(outlet, log, outlet.name === 'log' ? MINUTE : SOON));
}

/** Puts the newest checkpoint out after each pause in which anything was added to the log, else once an hour. */
export function checkpointJob({ name, put }: Outlet, log: Logger, pause: number): Job {
  let last = { size: 0n, at: Number.NEGATIVE_INFINITY };
  let complained = false;
  return {
    name: `checkpoints to ${name}`,
    pause,
    async work(client, signal) {
      const note = await newestNote(client);
      const stated = note ? readNote(note) : null;
      if (!note || !stated || (stated.size === last.size && stated.at.getTime() - last.at < HOUR)) return false;
      try {
        await put(note, signal);
        last = { size: stated.size, at: stated.at.getTime() };
        complained = false;
      } catch (error) {
        // Sealing goes on, and the next one tells what this one would have.
        if (!complained) log.error({ to: name, reason: (error as Error).message }, 'a checkpoint did not go out');
        complained = true;
      }
      return false;
    },
  };
}

async function newestNote(client: ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ note: string }>('SELECT note FROM audit_checkpoint ORDER BY number DESC LIMIT 1');
  return rows[0]?.note;
}

/** Adds the note and an empty line; on disk when it resolves. */
async function append(path: string, note: string): Promise<void> {
  const file = await open(path, 'a', 0o644);
  try {
    await file.appendFile(`${note}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function post(url: string, note: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    body: note,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    redirect: 'error',
    // A stop waits three seconds for the last one.
    signal: AbortSignal.timeout(signal.aborted ? 2000 : WEBHOOK_PATIENCE),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
}
