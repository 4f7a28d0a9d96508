'use client';

import { useCallback, useEffect, useRef } from 'react';
import type { Navigation } from '@/components/table/use-navigation';
import type { AuditQuery } from '@/lib/audit/schema';

/**
 * Changes the filters in the URL, each from the first page on. A change made while another is on its way keeps both:
 * until the page has come, its filters do not know the first.
 */
export function useFilters({ go, pending }: Navigation, href: (change: Partial<AuditQuery>) => string) {
  const underway = useRef<Partial<AuditQuery>>({});
  const latestHref = useRef(href);

  useEffect(() => {
    latestHref.current = href;
    if (!pending) underway.current = {};
  });

  return useCallback(
    (change: Partial<AuditQuery>, { typing = false } = {}) => {
      underway.current = { ...underway.current, ...change };
      go(latestHref.current(underway.current), { replace: typing });
    },
    [go],
  );
}
