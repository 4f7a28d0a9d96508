'use client';

import type { ReactNode } from 'react';
import { useHydrated } from '@/components/ui/use-hydrated';

/**
 * Keeps buttons and inputs disabled until the page is interactive, so that no click is lost in between. Nothing of it
 * is seen: the wrapper has no box, and controls look disabled only through their own attribute.
 */
export function LiveControls({ children }: { children: ReactNode }) {
  return (
    <fieldset role="presentation" disabled={!useHydrated()} className="contents">
      {children}
    </fieldset>
  );
}
