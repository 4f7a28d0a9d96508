'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useRef } from 'react';

/**
 * Which event's details are open: the one in the URL, so that it can be linked. Opening and closing ask the server for
 * nothing, because a page of the log holds its events whole; Back closes.
 */
export function useOpenEvent() {
  const id = useSearchParams().get('id');
  const pushed = useRef(false);

  const open = useCallback((next: string) => {
    pushed.current = true;
    window.history.pushState(null, '', addressWith(next));
  }, []);

  const close = useCallback(() => {
    if (pushed.current) window.history.back();
    else window.history.replaceState(null, '', addressWith(null));
    pushed.current = false;
  }, []);

  return { id, open, close };
}

function addressWith(id: string | null): string {
  const url = new URL(window.location.href);
  if (id) url.searchParams.set('id', id);
  else url.searchParams.delete('id');
  return url.pathname + url.search;
}
