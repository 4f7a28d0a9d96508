'use client';

import { useRouter } from 'next/navigation';
import { type MouseEvent, useCallback, useTransition } from 'react';

export type Navigation = ReturnType<typeof useNavigation>;

/** Goes from one view of a list to another, keeping what is shown until the next has come; `pending` meanwhile. */
export function useNavigation() {
  const router = useRouter();
  const [pending, start] = useTransition();

  const go = useCallback(
    (href: string, { replace = false } = {}) => start(() => (replace ? router.replace : router.push)(href, { scroll: false })),
    [router],
  );

  /** Props of a link that does so; a new tab stays a new tab. */
  const link = (href: string) => ({
    href,
    scroll: false,
    onClick: (event: MouseEvent) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      go(href);
    },
  });

  return { pending, go, link };
}
