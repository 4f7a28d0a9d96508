import { record } from '@/lib/audit/record';
import { transaction } from '@/lib/db';
import type { Origin } from '@/lib/permissions/permissions';
import { runtime } from '@/lib/runtime';

const EVERY = 60_000;
// A flood from ever new addresses may not fill the memory either: beyond this many, the first event of each is all there is.
const MOST = 10_000;

type Flood = { origin: Origin; subjectId: string | undefined; count: number };

// Shared by the two module graphs of the process: shutdown, in the one, writes what sign-ins, in the other, have counted.
const slot = Symbol.for('latchkey.throttled');
const holder = globalThis as { [slot]?: { floods: Map<string, Flood>; timer?: NodeJS.Timeout } };

function state() {
  holder[slot] ??= { floods: new Map() };
  return holder[slot];
}

/**
 * Puts a throttled sign-in on record. The first of a source (with an account) is an event at once; those that follow are counted and
 * become one event a minute with their exact `count`, so that nobody can fill the log from outside.
 */
export async function noteThrottled(source: string, subjectId: string | undefined, origin: Origin): Promise<void> {
  const { floods } = state();
  const key = `${source} ${subjectId ?? ''}`;
  const flood = floods.get(key);
  if (flood) {
    flood.count++;
    return;
  }
  if (floods.size < MOST) floods.set(key, { origin, subjectId, count: 0 });
  state().timer ??= setInterval(
    () => void flushThrottled().catch((err) => runtime().log.error({ err }, 'throttled sign-ins not recorded')),
    EVERY,
  ).unref();
  await write({ origin, subjectId, count: 1 });
}

/** Writes what was counted since the last time; also called once while the process stops. */
export async function flushThrottled(): Promise<void> {
  const { floods } = state();
  for (const [key, flood] of [...floods]) {
    floods.delete(key);
    if (flood.count > 0) await write(flood).catch((error) => giveBack(key, flood, error));
  }
}

function giveBack(key: string, flood: Flood, error: unknown): never {
  const { floods } = state();
  floods.set(key, { ...flood, count: flood.count + (floods.get(key)?.count ?? 0) });
  throw error;
}

async function write({ origin, subjectId, count }: Flood): Promise<void> {
  await transaction((tx, now) =>
    record(tx, now, { userId: null, origin }, { event: 'user.sign_in_failed', subjectId, outcome: 'refused', reason: 'throttled', count }),
  );
}
