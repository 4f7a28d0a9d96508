import { eventJson } from '@/lib/audit/export-format';
import type { AuditRow } from '@/lib/audit/schema';
import { runtime } from '@/lib/runtime';
import type { Agents } from '@/lib/streams/agents';
import { appendToFile, writeToStdout } from '@/lib/streams/file';
import { oneAtATime } from '@/lib/streams/one-at-a-time';
import { SendError } from '@/lib/streams/problem';
import type { StreamKind, StreamSettings } from '@/lib/streams/schema';
import { openSecret, signingKeysOf } from '@/lib/streams/secrets';
import { sendSyslog, syslogFrame, syslogMessage } from '@/lib/streams/syslog';
import { sendWebhook } from '@/lib/streams/webhook';

/** What is needed to send something to a stream's target. */
export type Target = { id: string; kind: StreamKind; settings: StreamSettings; secret: Uint8Array | null };

/** What is sent: `id` is the same whenever it is sent again; `encoded`: each event as encoderOf() makes it. */
export type Parcel = { id: string; type: 'audit.events' | 'audit.test'; encoded: string[] };

/** The longest that a target may take for one batch, in milliseconds. */
export const SEND_LIMIT = 10_000;

/** How an event looks on its way to a target of this kind. */
export function encoderOf(kind: StreamKind): (row: AuditRow) => string {
  if (kind === 'webhook') return eventJson;
  if (kind !== 'syslog') return (row) => `${eventJson(row)}\n`;
  const hostname = new URL(runtime().env.baseUrl).hostname;
  return (row) => syslogFrame(syslogMessage(row, hostname));
}

/**
 * Hands events to a stream's target: resolves once it has taken them, throws SendError when it has not within SEND_LIMIT, or
 * until `signal`. `agents`: connections that stay open.
 */
export async function send(target: Target, parcel: Parcel, signal?: AbortSignal, agents?: Agents): Promise<void> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, SEND_LIMIT);
  signal?.addEventListener('abort', end);
  try {
    if (signal?.aborted) throw new SendError('timeout');
    await handOver(target, parcel, ending.signal, agents);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

function handOver({ id, kind, settings, secret }: Target, parcel: Parcel, signal: AbortSignal, agents?: Agents): Promise<void> {
  const { env, keys } = runtime();
  const { host = '', port = 0, tls = true, ca, file = '' } = settings;
  switch (kind) {
    case 'webhook': {
      const opened = openSecret(keys.stream, id, secret ?? Buffer.alloc(0));
      const hook = { url: opened.url, signingKeys: signingKeysOf(opened, Date.now()), ca };
      return sendWebhook(hook, { id: parcel.id, body: webhookBody(parcel) }, env.sinkAllowedNetworks, signal, agents);
    }
    case 'syslog':
      return sendSyslog({ host, port, tls, ca }, Buffer.from(parcel.encoded.join('')), env.sinkAllowedNetworks, signal);
    case 'file':
      return oneAtATime(`file ${file}`, signal, () => appendToFile(env.sinkDir, file, parcel.encoded.join('')));
    case 'stdout':
      return oneAtATime('stdout', signal, () => writeToStdout(parcel.encoded.join('')));
  }
}

/** The body of a webhook: its events in the form that the NDJSON export has. */
function webhookBody({ type, encoded }: Parcel): string {
  return `{"type":"${type}","events":[${encoded.join(',')}]}`;
}
