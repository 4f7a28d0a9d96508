import type { z } from 'zod';
import { record } from '@/lib/audit/record';
import type { Changes, EventName } from '@/lib/audit/schema';
import { lock, type Tx, transaction, unlessTaken } from '@/lib/db';
import { AppError } from '@/lib/errors';
import { newId } from '@/lib/id';
import { type Actor, authorize } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';
import { authorities, checkTarget, fingerprints } from '@/lib/streams/check';
import type { changeStreamInput, createStreamInput, rotateKeyInput, StreamSettings, streamIdInput } from '@/lib/streams/schema';
import { newSigningKey, openSecret, rotated, sealSecret } from '@/lib/streams/secrets';
import { MOST_STREAMS } from '@/lib/streams/values';
import { foldKey } from '@/lib/text';

/**
 * Adds a stream and gives its id and, for a webhook, the signing key: the only time that it is shown. Refuses targets that may not be
 * reached (`target_…`), a name that is taken, and more than MOST_STREAMS.
 */
export async function createStream(
  actor: Actor,
  { start, events = 'everything', ...input }: z.infer<typeof createStreamInput>,
): Promise<{ id: string; signingKey: string | null }> {
  authorize(actor, 'policy.write');
  const settings = await checkTarget(input);
  return transaction(async (tx, now) => {
    await lock(tx, 'streams');
    if ((await tx.sink.count()) >= MOST_STREAMS) throw new AppError('too_many_streams', { values: { most: MOST_STREAMS } });
    const id = newId(now);
    const signingKey = input.kind === 'webhook' ? newSigningKey() : null;
    const secret = input.kind === 'webhook' && signingKey ? sealSecret(runtime().keys.stream, id, { url: input.url, signingKey }) : null;
    const { name, kind } = input;
    await unlessTaken(
      tx.sink.create({
        data: {
          id,
          kind,
          name,
          nameKey: foldKey(name),
          events,
          settings,
          secret,
          position: await firstPosition(tx, start),
          createdAt: now,
        },
        select: { id: true },
      }),
      nameTaken(name),
    );
    const changes: Changes = {
      ...{ name: [null, name], kind: [null, kind], target: [null, settings.target] },
      ...{ sends: [null, events], start: [null, start] },
    };
    await record(tx, now, actor, { event: 'stream.created', changes });
    return { id, signingKey };
  });
}

/** Changes a stream's name, target and what it sends, and tries it again at once. Its kind, signing key and position stay. Refuses as createStream() does. */
export async function changeStream(actor: Actor, input: z.infer<typeof changeStreamInput>): Promise<void> {
  authorize(actor, 'policy.write');
  const checked = await checkChange(input);
  await transaction(async (tx, now) => {
    const before = await lockStream(tx, input.id);
    if (before.kind !== input.kind) throw new AppError('changed_meanwhile');
    const old = before.settings as StreamSettings;
    const settings = checked ?? { target: old.target, tls: old.tls, ...authorities(input.kind === 'webhook' ? input.ca : '') };
    const { events = before.events } = input;
    const changes = changesOf(before.name, old, input, settings);
    if (events !== before.events) changes.sends = [before.events, events];
    if (Object.keys(changes).length === 0) return;
    const secret = input.kind === 'webhook' && input.url && before.secret ? readdressed(input.id, before.secret, input.url) : before.secret;
    await unlessTaken(
      tx.sink.update({
        where: { id: input.id },
        data: {
          ...{ name: input.name, nameKey: foldKey(input.name), settings, secret, nextTryAt: null },
          // A batch is of events that were sent then.
          ...(changes.sends && { events, batch: 0 }),
        },
        select: { id: true },
      }),
      nameTaken(input.name),
    );
    await record(tx, now, actor, { event: 'stream.changed', changes: { ...named(input.name), ...changes } });
  });
}

/** The new settings; nothing for a webhook that keeps its address. */
async function checkChange(input: z.infer<typeof changeStreamInput>): Promise<StreamSettings | undefined> {
  if (input.kind !== 'webhook') return checkTarget(input);
  const { url, ...rest } = input;
  return url === undefined ? undefined : checkTarget({ ...rest, url });
}

function changesOf(name: string, old: StreamSettings, input: z.infer<typeof changeStreamInput>, settings: StreamSettings): Changes {
  const changes: Changes = {};
  if (name !== input.name) changes.name = [name, input.name];
  // A new path on the same host is a change too, and may hold a secret: the host stands for it.
  const isMoved = input.kind === 'webhook' && input.url !== undefined;
  if (old.target !== settings.target || isMoved) changes.target = [old.target, settings.target];
  if (old.tls !== settings.tls) changes.tls = [old.tls ?? null, settings.tls ?? null];
  if ((old.ca ?? '') !== (settings.ca ?? '')) changes.authorities = [fingerprints(old.ca), fingerprints(settings.ca)];
  return changes;
}

function readdressed(id: string, sealed: Uint8Array, url: string) {
  const { stream } = runtime().keys;
  return sealSecret(stream, id, { ...openSecret(stream, id, sealed), url });
}

/**
 * Gives a webhook a new signing key: the only time that it is shown. The old one signs along for so many hours; with none, every old one stops at
 * once. Refuses `not_found`, and what has no key.
 */
export async function rotateSigningKey(
  actor: Actor,
  { id, overlapHours }: z.infer<typeof rotateKeyInput>,
): Promise<{ signingKey: string }> {
  authorize(actor, 'policy.write');
  return transaction(async (tx, now) => {
    const { name, secret: sealed } = await lockStream(tx, id);
    if (!sealed) throw new AppError('invalid_input');
    const { stream } = runtime().keys;
    const until = overlapHours === 0 ? null : new Date(now.getTime() + overlapHours * HOUR);
    const secret = rotated(openSecret(stream, id, sealed), until, now);
    await tx.sink.update({ where: { id }, data: { secret: sealSecret(stream, id, secret), nextTryAt: null }, select: { id: true } });
    const changes: Changes = { ...named(name), oldKeyUntil: [null, until?.toISOString() ?? null] };
    await record(tx, now, actor, { event: 'stream.key_rotated', changes });
    return { signingKey: secret.signingKey };
  });
}

const HOUR = 3_600_000;

/** Stops sending; what happens meanwhile is sent when the stream goes on. */
export async function pauseStream(actor: Actor, input: z.infer<typeof streamIdInput>): Promise<void> {
  await setEnabled(actor, input.id, false, 'stream.paused');
}

/** Goes on where the stream stopped, at once. */
export async function resumeStream(actor: Actor, input: z.infer<typeof streamIdInput>): Promise<void> {
  await setEnabled(actor, input.id, true, 'stream.resumed');
}

/** Removes a stream with its position and its refused batches. The log itself stays as it is. */
export async function deleteStream(actor: Actor, input: z.infer<typeof streamIdInput>): Promise<void> {
  authorize(actor, 'policy.write');
  await transaction(async (tx, now) => {
    const { name, settings } = await lockStream(tx, input.id);
    await tx.sink.delete({ where: { id: input.id }, select: { id: true } });
    const { target } = settings as StreamSettings;
    await record(tx, now, actor, { event: 'stream.deleted', changes: { name: [name, null], target: [target, null] } });
  });
}

async function setEnabled(actor: Actor, id: string, enabled: boolean, event: EventName): Promise<void> {
  authorize(actor, 'policy.write');
  await transaction(async (tx, now) => {
    const stream = await lockStream(tx, id);
    if (stream.enabled === enabled) return;
    await tx.sink.update({ where: { id }, data: { enabled, ...(enabled && { nextTryAt: null }) }, select: { id: true } });
    await record(tx, now, actor, { event, changes: named(stream.name) });
  });
}

/** Takes the stream's row until the transaction ends. Refuses `not_found`. */
export async function lockStream(tx: Tx, id: string) {
  await tx.$executeRaw`SELECT 1 FROM sink WHERE id = ${id}::uuid FOR UPDATE`;
  const stream = await tx.sink.findUnique({
    where: { id },
    select: { kind: true, name: true, events: true, settings: true, secret: true, enabled: true },
  });
  if (!stream) throw new AppError('not_found');
  return stream;
}

/** The events of a stream name it, whatever changed. */
export function named(name: string): Changes {
  return { name: [name, name] };
}

function nameTaken(name: string): AppError {
  return new AppError('stream_name_taken', { field: 'name', values: { name } });
}

async function firstPosition(tx: Tx, start: 'now' | 'beginning'): Promise<bigint> {
  if (start === 'beginning') return 0n;
  const rows = await tx.$queryRaw<[{ next: bigint }]>`SELECT coalesce(max(number) + 1, 0)::bigint AS next FROM audit_leaf`;
  return rows[0].next;
}
