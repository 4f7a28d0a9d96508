import { AppError } from '@/lib/errors';

const PER_PERSON = 2;
const IN_ALL = 4;

const running = new Map<string, number>();

/** A place among the exports of this process, until what it gives is called. Refuses `exports_running` when all, or this person's, are taken. */
export function takePlace(userId: string): () => void {
  const mine = running.get(userId) ?? 0;
  const all = [...running.values()].reduce((sum, count) => sum + count, 0);
  if (mine >= PER_PERSON || all >= IN_ALL) throw new AppError('exports_running');
  running.set(userId, mine + 1);
  let left = false;
  return () => {
    if (left) return;
    left = true;
    const others = (running.get(userId) ?? 1) - 1;
    if (others > 0) running.set(userId, others);
    else running.delete(userId);
  };
}
