import { z } from 'zod';
import { uuid } from '@/lib/id';
import type { SendProblem } from '@/lib/streams/problem';
import { keyOverlaps, streamEvents, type streamKinds, streamStarts } from '@/lib/streams/values';
import { line } from '@/lib/text';

export type StreamKind = (typeof streamKinds)[number];

export type StreamEvents = (typeof streamEvents)[number];

const name = line(80);

/** An http or https address without credentials or fragment; what it says is checked again whenever something is sent there. */
const url = z
  .string()
  .max(2000, 'too_long')
  .transform((text, ctx) => {
    const read = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
    const isFit = read && ['http:', 'https:'].includes(read.protocol) && !read.username && !read.password && !read.hash;
    if (isFit) return read.href;
    ctx.addIssue({ code: 'custom', message: text.trim() === '' ? 'required' : 'url_invalid' });
    return z.NEVER;
  });

/** A name or an address of a machine, in the one form in which it is kept: an IPv6 address without brackets. */
const host = z
  .string()
  .max(300, 'too_long')
  .transform((text, ctx) => {
    const written = text.trim();
    // By the rules of addresses on the web: "0x7f.1" is 127.0.0.1, and is treated as that.
    const full = `http://${written.includes(':') && !written.startsWith('[') ? `[${written}]` : written}/`;
    const read = /^[\p{L}\p{N}._:[\]-]+$/u.test(written) && URL.canParse(full) ? new URL(full) : undefined;
    if (read?.hostname && read.port === '') return read.hostname.replace(/^\[(.+)\]$/, '$1');
    ctx.addIssue({ code: 'custom', message: written === '' ? 'required' : 'host_invalid' });
    return z.NEVER;
  });

const port = z.number('port_invalid').int('port_invalid').min(1, 'port_invalid').max(65535, 'port_invalid');

/** PEM of the authorities that a target's certificate may come from; empty: those that Node knows. */
const ca = z
  .string()
  .max(32_000, 'too_long')
  .transform((text) => text.trim());

/** A name in the folder of the setting SINK_DIR: no folders, nothing hidden. */
const file = z
  .string()
  .transform((text) => text.trim())
  .pipe(
    z
      .string()
      .min(1, 'required')
      .max(100, 'too_long')
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'file_name_invalid'),
  );

const targets = {
  webhook: { kind: z.literal('webhook'), url, ca },
  syslog: { kind: z.literal('syslog'), host, port, tls: z.boolean(), ca },
  file: { kind: z.literal('file'), file },
  stdout: { kind: z.literal('stdout') },
};

/** Where a stream is to go, whole. */
export const streamTarget = z.discriminatedUnion('kind', [
  z.object(targets.webhook),
  z.object(targets.syslog),
  z.object(targets.file),
  z.object(targets.stdout),
]);

const start = z.enum(streamStarts);

/** Without it, a new stream sends everything, and one that is there what it sent. */
const events = z.enum(streamEvents).optional();

export const createStreamInput = z.discriminatedUnion('kind', [
  z.strictObject({ name, start, events, ...targets.webhook }),
  z.strictObject({ name, start, events, ...targets.syslog }),
  z.strictObject({ name, start, events, ...targets.file }),
  z.strictObject({ name, start, events, ...targets.stdout }),
]);

/** A webhook without `url` keeps the one that it has: it is not shown, since it may hold a secret. */
export const changeStreamInput = z.discriminatedUnion('kind', [
  z.strictObject({ id: uuid, name, events, ...targets.webhook, url: url.optional() }),
  z.strictObject({ id: uuid, name, events, ...targets.syslog }),
  z.strictObject({ id: uuid, name, events, ...targets.file }),
  z.strictObject({ id: uuid, name, events, ...targets.stdout }),
]);

export const streamIdInput = z.strictObject({ id: uuid });

export const rotateKeyInput = z.strictObject({ id: uuid, overlapHours: z.literal(keyOverlaps) });

/** What of a stream's target may be shown. */
export type StreamSettings = { target: string; host?: string; port?: number; tls?: boolean; ca?: string; file?: string };

/** A stream as the page shows it. Moments are ISO 8601 in UTC. */
export type StreamRow = {
  id: string;
  kind: StreamKind;
  name: string;
  events: StreamEvents;
  settings: StreamSettings;
  status: 'active' | 'failing' | 'paused';
  /** Events that wait, at least as many if `more`, and the moment of the oldest. */
  lag: { events: number; more: boolean; since: string | null };
  /** Why the last try failed, since when tries fail, and when the next one is due. */
  problem: SendProblem | null;
  failingSince: string | null;
  nextTryAt: string | null;
  deliveredAt: string | null;
  /** Up to when a webhook's old signing key signs along. */
  oldKeyUntil: string | null;
  refusedBatches: number;
};

/** A batch that a target refused for good. */
export type RefusedBatch = { id: string; streamName: string; at: string; events: number; problem: SendProblem };
