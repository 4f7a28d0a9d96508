'use client';

import { useEffect } from 'react';

// A page that was forgotten must not keep its session alive.
const FORGOTTEN_AFTER = 3_600_000;

/**
 * Calls `look` after `first` milliseconds, and again after as many as it gives, while `active`: not while the page is hidden, nor once nobody
 * has touched it for an hour. `look` changes nothing once `isOver`.
 */
export function useLooking(active: boolean, first: number, look: (isOver: () => boolean) => Promise<number>): void {
  useEffect(() => {
    if (!active) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isLooking = false;
    let isOver = false;
    let touchedAt = performance.now();
    const isForgotten = () => performance.now() - touchedAt > FORGOTTEN_AFTER;

    async function again() {
      clearTimeout(timer);
      if (isOver || isLooking || document.hidden || isForgotten()) return;
      isLooking = true;
      const pause = await look(() => isOver);
      isLooking = false;
      if (!isOver) timer = setTimeout(again, pause);
    }

    function touch() {
      const wasForgotten = isForgotten();
      touchedAt = performance.now();
      if (wasForgotten) again();
    }

    timer = setTimeout(again, first);
    document.addEventListener('visibilitychange', again);
    document.addEventListener('pointerdown', touch);
    document.addEventListener('keydown', touch);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', again);
      document.removeEventListener('pointerdown', touch);
      document.removeEventListener('keydown', touch);
    };
  }, [active, first, look]);
}
