'use client';

import { type KeyboardEvent, type PointerEvent, useState } from 'react';

/** Some bars beside one another, by their places. */
export type Selection = { first: number; last: number };

type Kept = { anchor: number; head: number };

/**
 * Choosing among `count` bars: dragging and letting go, or clicking one; by keyboard the arrows, Home and End, with Shift to extend, and Enter.
 * Escape takes it back. `onPoint` hears which bar the pointer is over.
 */
export function useBarSelection(count: number, onPoint: (place: number | null) => void, onChoose: (selection: Selection) => void) {
  const [kept, setKept] = useState<Kept | null>(null);
  const [isDragging, setIsDragging] = useState(false);
  const [countSeen, setCountSeen] = useState(count);
  // Other bars, another choice.
  if (countSeen !== count) {
    setCountSeen(count);
    setKept(null);
  }

  const choose = (some: Kept) => {
    setKept(null);
    onChoose(ordered(some));
  };

  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const place = placeOf(event, count);
      setIsDragging(true);
      setKept({ anchor: place, head: place });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const place = placeOf(event, count);
      onPoint(place);
      if (isDragging) setKept((before) => before && { ...before, head: place });
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (isDragging && kept) choose({ ...kept, head: placeOf(event, count) });
      setIsDragging(false);
    },
    // The page is being scrolled: nothing was chosen.
    onPointerCancel: () => {
      setIsDragging(false);
      setKept(null);
    },
    onPointerLeave: () => onPoint(null),
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      const head = kept?.head ?? count - 1;
      const step: Record<string, number> = {
        ArrowLeft: head - 1,
        ArrowDown: head - 1,
        ArrowRight: head + 1,
        ArrowUp: head + 1,
        Home: 0,
        End: count - 1,
      };
      const target = step[event.key];
      if (target !== undefined) {
        // The first key only shows where one is.
        const next = kept || event.shiftKey ? Math.min(Math.max(target, 0), count - 1) : event.key === 'Home' ? 0 : count - 1;
        setKept({ anchor: event.shiftKey ? (kept?.anchor ?? head) : next, head: next });
      } else if (event.key === 'Enter' && kept) choose(kept);
      else if (event.key === 'Escape' && kept) {
        setIsDragging(false);
        setKept(null);
      } else return;
      event.preventDefault();
    },
    onBlur: () => setKept(null),
  };

  return { selection: kept && { ...ordered(kept), head: kept.head }, handlers };
}

function ordered({ anchor, head }: Kept): Selection {
  return { first: Math.min(anchor, head), last: Math.max(anchor, head) };
}

function placeOf({ currentTarget, clientX }: PointerEvent<HTMLElement>, count: number): number {
  const { left, width } = currentTarget.getBoundingClientRect();
  return Math.min(count - 1, Math.max(0, Math.floor(((clientX - left) / width) * count)));
}
