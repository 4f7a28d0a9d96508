import { eventJson } from '@/lib/audit/export-format';
import type { AuditRow } from '@/lib/audit/schema';
import { runtime } from '@/lib/runtime';
import { appendToFile, writeToStdout } from '@/lib/streams/file';
import { SendError } from '@/lib/streams/problem';
import type { StreamKind, StreamSettings } from '@/lib/streams/schema';
import { openSecret, signingKeysOf } from '@/lib/streams/secrets';
import { sendSyslog, syslogFrames, syslogMessage } from '@/lib/streams/syslog';
import { sendWebhook } from '@/lib/streams/webhook';

/** What is needed to send something to a stream's target. */
export type Target = { id: string; kind: StreamKind; settings: StreamSettings; secret: Uint8Array | null };

/** What is sent: `id` is the same whenever it is sent again. */
export type Parcel = { id: string; type: 'audit.events' | 'audit.test'; rows: AuditRow[] };

/** The longest that a target may take for one batch, in milliseconds. */
export const SEND_LIMIT = 10_000;

/**
 * Hands events to a stream's target: resolves once it has taken them, throws SendError when it has not within SEND_LIMIT, or
 * until `signal`.
 */
export async function send(target: Target, parcel: Parcel, signal?: AbortSignal, limit = SEND_LIMIT): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, limit);
  signal?.addEventListener('abort', end);
  try {
    if (signal?.aborted) throw new SendError('timeout');
    await handOver(target, parcel, ending.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

function handOver({ id, kind, settings, secret }: Target, parcel: Parcel, signal: AbortSignal): Promise<void> {
  const { env, keys } = runtime();
  const { host = '', port = 0, tls = true, ca, file = '' } = settings;
  switch (kind) {
    case 'webhook': {
      const opened = openSecret(keys.stream, id, secret ?? Buffer.alloc(0));
      const hook = { url: opened.url, signingKeys: signingKeysOf(opened, Date.now()), ca };
      return sendWebhook(hook, { id: parcel.id, body: webhookBody(parcel) }, env.sinkAllowedNetworks, signal);
    }
    case 'syslog': {
      const hostname = new URL(env.baseUrl).hostname;
      const frames = syslogFrames(parcel.rows.map((row) => syslogMessage(row, hostname)));
      return sendSyslog({ host, port, tls, ca }, frames, env.sinkAllowedNetworks, signal);
    }
    case 'file':
      return appendToFile(env.sinkDir, file, ndjson(parcel));
    case 'stdout':
      return writeToStdout(ndjson(parcel));
  }
}

/** The body of a webhook: its events in the form that the NDJSON export has. */
function webhookBody({ type, rows }: Parcel): string {
  return `{"type":"${type}","events":[${rows.map(eventJson).join(',')}]}`;
}

function ndjson({ rows }: Parcel): string {
  return rows.map((row) => `${eventJson(row)}\n`).join('');
}
