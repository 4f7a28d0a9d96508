'use client';

import { useEffect, useState } from 'react';
import type { ActionResult } from '@/lib/action';

const EVERY = 5000;
// A page that was forgotten must not keep its session alive.
const FORGOTTEN_AFTER = 3_600_000;

/**
 * What the server said first, and then what `read` says every few seconds while it `changes`: not while the page is hidden, nor once
 * nobody has touched it for an hour. What a newer page brings takes its place. `failed`: the last look brought nothing.
 */
export function useFresh<T>(
  first: T,
  read: () => Promise<ActionResult<T>>,
  changes: (value: T) => boolean,
  every = EVERY,
): { value: T; failed: boolean } {
  const [state, setState] = useState({ first, value: first, failed: false });
  if (state.first !== first) setState({ first, value: first, failed: false });
  const active = changes(state.value);

  useEffect(() => {
    if (!active) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLooking = false;
    let isOver = false;
    let touchedAt = performance.now();

    async function look() {
      clearTimeout(timer);
      if (isOver || isLooking || document.hidden || performance.now() - touchedAt > FORGOTTEN_AFTER) return;
      isLooking = true;
      const result = await read().catch(() => null);
      isLooking = false;
      if (isOver) return;
      setState((before) =>
        before.first === first ? { first, value: result?.ok ? result.data : before.value, failed: !result?.ok } : before,
      );
      timer = setTimeout(look, every);
    }

    function touch() {
      const wasForgotten = performance.now() - touchedAt > FORGOTTEN_AFTER;
      touchedAt = performance.now();
      if (wasForgotten) look();
    }

    timer = setTimeout(look, every);
    document.addEventListener('visibilitychange', look);
    document.addEventListener('pointerdown', touch);
    document.addEventListener('keydown', touch);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', look);
      document.removeEventListener('pointerdown', touch);
      document.removeEventListener('keydown', touch);
    };
  }, [active, first, read, every]);

  return state.first === first ? state : { value: first, failed: false };
}
