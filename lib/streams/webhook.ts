import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Network } from '@/lib/networks';
import { problemOf, SendError } from '@/lib/streams/problem';
import { addressesOf, pinnedTo } from '@/lib/streams/target';

/** `id` stays the same however often the message is sent; receivers know by it what they have already. */
export type Message = { id: string; body: string };

type Webhook = { url: string; signingKeys: string[]; ca?: string };

// No target may ask for a longer pause, in seconds.
const LONGEST_PAUSE = 300;

/**
 * Posts one message after the Standard Webhooks scheme, to an address that was checked (target.ts). Redirects are not followed. Resolves
 * with any 2xx, else throws SendError: final for 4xx but 408 and 429.
 */
export async function sendWebhook(hook: Webhook, message: Message, allowed: readonly Network[], signal: AbortSignal): Promise<void> {
  const url = new URL(hook.url);
  const encrypted = url.protocol === 'https:';
  const addresses = await addressesOf(url.hostname, encrypted, allowed);
  const body = Buffer.from(message.body);
  const options: RequestOptions & { ca?: string; rejectUnauthorized: true } = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': 'Latchkey',
      ...signatureOf(hook.signingKeys, message, Math.floor(Date.now() / 1000)),
    },
    // A connection of its own, so that each goes to an address that was checked for it.
    agent: false,
    lookup: pinnedTo(addresses),
    ca: hook.ca || undefined,
    rejectUnauthorized: true,
    signal,
  };
  const { statusCode = 0, headers } = await post(encrypted ? httpsRequest : httpRequest, url, options, body);
  if (statusCode >= 200 && statusCode < 300) return;
  if (statusCode >= 300 && statusCode < 400) throw new SendError('redirect', String(statusCode));
  const isFinal = statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 429;
  const seconds = Number(headers['retry-after']);
  throw new SendError('status', String(statusCode), { isFinal, retryAfter: seconds > 0 ? Math.min(seconds, LONGEST_PAUSE) : 0 });
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

function post(request: typeof httpsRequest, url: URL, options: RequestOptions, body: Buffer): Promise<IncomingMessage> {
  return new Promise<IncomingMessage>((answered, failed) => {
    const outgoing = request(url, options, (answer) => {
      // The status says it all; whatever follows is not read.
      answer.on('error', () => {});
      answered(answer);
      outgoing.destroy();
    });
    outgoing.on('error', failed);
    outgoing.end(body);
  }).catch((cause) => {
    throw problemOf(cause);
  });
}
