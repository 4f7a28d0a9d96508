import type { ActionError } from '@/lib/action';

/** What an action says that was not answered: the front door's word (lib/boot/away.ts), or that nobody knows whether it was done. */
export function lostAnswer(error: unknown): ActionError {
  return { code: error instanceof Error && error.message === 'unavailable' ? 'unavailable' : 'no_answer' };
}
