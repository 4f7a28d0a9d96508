'use client';

import { useCallback, useState } from 'react';
import { useLooking } from '@/components/ui/use-looking';
import type { ActionResult } from '@/lib/action';

const EVERY = 5000;

/**
 * What the server said first, and then what `read` says every few seconds while it `changes` and somebody looks. What a newer page brings
 * takes its place. `failed`: the last look brought nothing.
 */
export function useFresh<T>(
  first: T,
  read: () => Promise<ActionResult<T>>,
  changes: (value: T) => boolean,
  every = EVERY,
): { value: T; failed: boolean } {
  const [state, setState] = useState({ first, value: first, failed: false });
  if (state.first !== first) setState({ first, value: first, failed: false });

  const look = useCallback(
    async (isOver: () => boolean) => {
      const result = await read().catch(() => null);
      if (!isOver()) {
        setState((before) =>
          before.first === first ? { first, value: result?.ok ? result.data : before.value, failed: !result?.ok } : before,
        );
      }
      return every;
    },
    [first, read, every],
  );
  useLooking(changes(state.value), every, look);

  return state.first === first ? state : { value: first, failed: false };
}
