'use client';

import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import type { IssuedToken } from '@/lib/tokens/schema';

export type Issued = IssuedToken & { again: boolean };

/**
 * The new value while it is shown. It lives in this state and nowhere else: not in the URL, not in storage, and not in
 * the page that the browser may keep for "Back", from which it is gone before the page is put away.
 */
export function useSecret() {
  const [issued, setIssued] = useState<Issued | null>(null);

  useEffect(() => {
    const forget = () => flushSync(() => setIssued(null));
    window.addEventListener('pagehide', forget);
    return () => window.removeEventListener('pagehide', forget);
  }, []);

  return [issued, setIssued] as const;
}
