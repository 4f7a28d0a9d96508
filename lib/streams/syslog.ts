import { isIP, connect as tcpConnect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { eventJson } from '@/lib/audit/export-format';
import type { AuditRow } from '@/lib/audit/schema';
import { inertText } from '@/lib/inert';
import type { Network } from '@/lib/networks';
import { problemOf, SendError } from '@/lib/streams/problem';
import { addressesOf, pinnedTo } from '@/lib/streams/target';

type Receiver = { host: string; port: number; tls: boolean; ca?: string };

// RFC 5424, 6.2.1: facility 13, "log audit"; severity 4 (warning) for what was refused, else 6 (informational).
const FACILITY = 13;
// A balancer with nobody behind it accepts a connection and closes it at once: that must not look like a receiver that read everything.
const LISTENS = 100;

/**
 * One event as a message of RFC 5424, on one line. What strangers sent cannot begin another line or another message:
 * controls are spelled out, in the structured data and in the JSON.
 */
export function syslogMessage(row: AuditRow, hostname: string): string {
  const priority = FACILITY * 8 + (row.outcome === 'refused' ? 4 : 6);
  const header = [`<${priority}>1`, row.at, word(hostname, 255), 'latchkey', '-', word(row.event, 32)];
  const values: [string, string | number | null | undefined][] = [
    ['id', row.id],
    ['event', row.event],
    ['outcome', row.outcome],
    ['reason', row.reason],
    ['actor', row.actor?.id],
    ['token', row.token?.id],
    ['target', row.target?.id],
    ['ip', row.ip],
    ['requestId', row.requestId],
    ['userAgent', row.userAgent],
    ['count', row.count > 1 ? row.count : null],
  ];
  const data = values
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => ` ${name}="${parameter(String(value))}"`);
  return `${header.join(' ')} [latchkey@32473${data.join('')}] ${ascii(eventJson(row))}`;
}

/** A message with octet counting (RFC 6587, 3.4.1): its length says where it ends, so that no content does. */
export function syslogFrame(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

/**
 * Sends frames over TCP or TLS (RFC 5425) to an address that was checked. Syslog has no acknowledgement; what counts as one is a
 * receiver that stays until everything is sent, and then closes without an error. Else throws SendError.
 */
export async function sendSyslog(to: Receiver, frames: Buffer, allowed: readonly Network[], signal: AbortSignal): Promise<void> {
  const addresses = await addressesOf(to.host, to.tls, allowed);
  if (signal.aborted) throw new SendError('timeout');
  const where = { host: to.host, port: to.port, lookup: pinnedTo(addresses), noDelay: true };
  const socket = to.tls
    ? tlsConnect({ ...where, servername: isIP(to.host) ? undefined : to.host, ca: to.ca || undefined, rejectUnauthorized: true })
    : tcpConnect(where);
  const abort = () => socket.destroy(new SendError('timeout'));
  signal.addEventListener('abort', abort);
  let isClosing = false;
  try {
    await new Promise<void>((done, failed) => {
      const whole = () => (isClosing ? done() : failed(new SendError('closed')));
      socket.on('error', failed).on('end', whole).on('close', whole);
      socket.once(to.tls ? 'secureConnect' : 'connect', () => {
        socket.write(frames, async (error) => {
          if (error) return;
          await sleep(LISTENS);
          isClosing = true;
          socket.end();
        });
      });
      // Whatever it says, nobody needs it; unread, its end would not be seen.
      socket.resume();
    });
  } catch (cause) {
    throw problemOf(cause);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** A field of the header: printable ASCII without spaces, "-" for none. */
function word(text: string, most: number): string {
  return text.replaceAll(/[^!-~]/g, '?').slice(0, most) || '-';
}

/** RFC 5424, 6.3.3: UTF-8 with three characters escaped. */
function parameter(text: string): string {
  return inertText(text).replaceAll(/["\\\]]/g, (character) => `\\${character}`);
}

/** JSON with \uXXXX for what is not ASCII: the RFC wants a byte order mark before UTF-8, and parsers of JSON stumble over that. */
function ascii(text: string): string {
  return text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
