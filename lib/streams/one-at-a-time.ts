import { SendError } from '@/lib/streams/problem';

const running = new Map<string, Promise<void>>();

/**
 * Does work that cannot be ended, as writing to a file or to stdout, and no longer waits for it once `signal` is aborted: SendError `timeout`. What
 * hangs goes on hanging; so nothing else is begun under its name before it is over, and nothing piles up.
 */
export async function oneAtATime(name: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let last = running.get(name);
  while (last) {
    await until(
      signal,
      last.catch(() => {}),
    );
    last = running.get(name);
  }
  if (signal.aborted) throw new SendError('timeout');
  const now = work().finally(() => running.delete(name));
  running.set(name, now);
  await until(signal, now);
}

function until(signal: AbortSignal, work: Promise<void>): Promise<void> {
  return new Promise<void>((done, failed) => {
    const end = () => failed(new SendError('timeout'));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(done, failed).finally(() => signal.removeEventListener('abort', end));
  });
}
