import { AppError } from '@/lib/errors';

/** Lets at most `width` pieces of work run at once and `queue` wait, first come first served; more are refused with `unavailable`. */
export function limitConcurrency(width: number, queue: number) {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async function enter<T>(work: () => Promise<T>): Promise<T> {
    if (running >= width) {
      if (waiting.length >= queue) throw new AppError('unavailable');
      // Whoever leaves hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
