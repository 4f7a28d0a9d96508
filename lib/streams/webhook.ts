import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Network } from '@/lib/networks';
import { type Agents, type Pinned, pinOf } from '@/lib/streams/agents';
import { problemOf, SendError } from '@/lib/streams/problem';
import { addressesOf, pinnedTo } from '@/lib/streams/target';

/** `id` stays the same however often the message is sent; receivers know by it what they have already. */
export type Message = { id: string; body: string };

type Webhook = { url: string; signingKeys: string[]; ca?: string };

// No target may ask for a longer pause, in seconds.
const LONGEST_PAUSE = 300;

// What of an answer's body is read, in bytes, and for how long, in milliseconds: none of it is wanted but the connection after it.
const MOST_BODY = 65_536;
const LONGEST_BODY = 1000;

/**
 * Posts one message after the Standard Webhooks scheme, to an address that was checked (target.ts). Redirects are not followed. Resolves
 * with any 2xx, else throws SendError: final for 4xx but 408 and 429. With `agents` the connection stays open, for requests to the same addresses.
 */
export async function sendWebhook(
  hook: Webhook,
  message: Message,
  allowed: readonly Network[],
  signal: AbortSignal,
  agents?: Agents,
): Promise<void> {
  const url = new URL(hook.url);
  const encrypted = url.protocol === 'https:';
  const addresses = await addressesOf(url.hostname, encrypted, allowed);
  const body = Buffer.from(message.body);
  const options: Options = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': 'Latchkey',
      ...signatureOf(hook.signingKeys, message, Math.floor(Date.now() / 1000)),
    },
    // Without agents, a connection of its own. Each goes to an address that was checked for it.
    agent: (encrypted ? agents?.https : agents?.http) ?? false,
    pinned: pinOf(addresses),
    lookup: pinnedTo(addresses),
    ca: hook.ca || undefined,
    rejectUnauthorized: true,
    signal,
  };
  const { statusCode = 0, headers } = await post(encrypted ? httpsRequest : httpRequest, url, options, body);
  if (statusCode >= 200 && statusCode < 300) return;
  if (statusCode >= 300 && statusCode < 400) throw new SendError('redirect', String(statusCode));
  const isFinal = statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 429;
  const retryAfter = secondsOf(headers['retry-after'], Date.now());
  throw new SendError('status', String(statusCode), { isFinal, isTooLarge: statusCode === 413, retryAfter });
}

/** Retry-After (RFC 9110, 10.2.3), seconds or a date, in seconds from `now` (milliseconds since 1970): 0 for none, never more than LONGEST_PAUSE. */
export function secondsOf(retryAfter: string | undefined, now: number): number {
  const text = retryAfter?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - now) / 1000;
  return seconds > 0 ? Math.min(seconds, LONGEST_PAUSE) : 0;
}

/**
 * The headers that name and sign a message, sent at `timestamp` (seconds since 1970): a signature by each key, of which the receiver has one. By node:crypto: the
 * scheme's own library hashes in JavaScript, on the thread that answers the gate.
 */
export function signatureOf(signingKeys: string[], { id, body }: Message, timestamp: number): Record<string, string> {
  const signatures = signingKeys.map((signingKey) => {
    const key = Buffer.from(signingKey.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
}

type Options = RequestOptions & Pinned & { ca?: string; rejectUnauthorized: true };

async function post(request: typeof httpsRequest, url: URL, options: Options, body: Buffer): Promise<IncomingMessage> {
  const ask = () => postOnce(request, url, options, body);
  try {
    return await ask().catch((failure: Failure) => {
      // Closed by the target, which had waited long enough, in the moment in which it was used again: nothing is known about the target.
      if (failure.reused && failure.cause.code === 'ECONNRESET') return ask();
      throw failure;
    });
  } catch (failure) {
    throw problemOf((failure as Failure).cause);
  }
}

type Failure = { cause: NodeJS.ErrnoException; reused: boolean };

function postOnce(request: typeof httpsRequest, url: URL, options: Options, body: Buffer): Promise<IncomingMessage> {
  return new Promise<IncomingMessage>((answered, failed) => {
    const outgoing = request(url, options, (answer) => {
      answer.on('error', () => {});
      // The status says it all.
      if (options.agent) passOver(answer);
      else outgoing.destroy();
      answered(answer);
    });
    outgoing.on('error', (cause: NodeJS.ErrnoException) => failed({ cause, reused: outgoing.reusedSocket }));
    outgoing.end(body);
  });
}

/** Reads an answer to its end, so that the connection can be used again; closes it when that takes long. */
function passOver(answer: IncomingMessage): void {
  let read = 0;
  const timer = setTimeout(() => answer.destroy(), LONGEST_BODY).unref();
  answer.on('close', () => clearTimeout(timer));
  answer.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read > MOST_BODY) answer.destroy();
  });
}
