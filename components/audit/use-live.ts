'use client';

import { type RefObject, useCallback, useMemo, useState } from 'react';
import { useLooking } from '@/components/ui/use-looking';
import type { ActionResult } from '@/lib/action';
import type { AuditPage, AuditRow, NewerEvents } from '@/lib/audit/schema';

const EVERY = 2000;
const AFTER_FAILURE = 10_000;
// Less than a row's height, in pixels: a page that is hardly taller than the window is always about there.
const AT_THE_TOP = 40;
/** More than this is not watched but filtered. */
const MOST = 200;

type State = 'going' | 'failed' | 'full';

type Kept = {
  page: AuditPage;
  /** Added on top of the page, and read but not shown yet; the newest first. */
  shown: AuditRow[];
  held: AuditRow[];
  state: State;
};

type Props = {
  active: boolean;
  page: AuditPage;
  since: string;
  read: (since: string) => Promise<ActionResult<NewerEvents>>;
  content: RefObject<HTMLElement | null>;
};

export type Live = ReturnType<typeof useLive>;

/**
 * Adds what happens to a page of the log, the newest on top: at once while nobody reads, else `held` until somebody wants to see it, so
 * that nothing moves under their eyes. Asks for nothing while the page is hidden, and stops at 200.
 */
export function useLive({ active, page, since, read, content }: Props) {
  const [kept, setKept] = useState<Kept>(() => fresh(page));
  if (kept.page !== page) setKept(fresh(page));
  const { shown, held, state } = kept.page === page ? kept : fresh(page);
  const isFull = state === 'full';

  const look = useMemo(() => {
    let from = since;
    return async (isOver: () => boolean) => {
      const result = await read(from).catch(() => null);
      if (!isOver()) {
        if (result?.ok) from = result.data.asOf;
        const isRead = isBeingRead(content.current);
        setKept((before) =>
          before.page !== page ? before : result?.ok ? withNew(before, result.data, isRead) : { ...before, state: 'failed' },
        );
      }
      return result?.ok ? EVERY : AFTER_FAILURE;
    };
  }, [page, since, read, content]);
  useLooking(active && !isFull, 0, look);

  const show = useCallback(() => {
    setKept((before) => ({ ...before, shown: merge(before.held, before.shown), held: [] }));
    window.scrollTo(0, 0);
    content.current?.focus({ preventScroll: true });
  }, [content]);

  const rows = useMemo(() => (shown.length > 0 ? merge(shown, page.rows) : page.rows), [shown, page.rows]);
  return { rows, added: shown.length, held: held.length, state, show };
}

function fresh(page: AuditPage): Kept {
  return { page, shown: [], held: [], state: 'going' };
}

/** `isRead`: somebody is reading, so that what is new has to wait. */
function withNew({ page, shown, held }: Kept, { rows, more }: NewerEvents, isRead: boolean): Kept {
  const known = new Set([...page.rows, ...shown, ...held].map((row) => row.id));
  const room = MOST - shown.length - held.length;
  const all = rows.filter((row) => !known.has(row.id));
  // The oldest of them, so that there is no gap.
  const taken = all.slice(Math.max(0, all.length - room));
  const state: State = more || all.length > room ? 'full' : 'going';
  if (isRead) return { page, shown, held: merge(taken, held), state };
  return { page, shown: merge(merge(taken, held), shown), held: [], state };
}

/** Both, the newest first: what is stored late stands where it belongs. */
function merge(some: AuditRow[], others: AuditRow[]): AuditRow[] {
  if (some.length === 0) return others;
  return [...some, ...others].sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** Further down, in the details of an event, among the rows by keyboard, or with text selected. */
function isBeingRead(content: HTMLElement | null): boolean {
  const { activeElement } = document;
  return (
    window.scrollY > AT_THE_TOP ||
    document.querySelector('dialog[open]') !== null ||
    (content?.querySelector('table')?.contains(activeElement) ?? false) ||
    document.getSelection()?.isCollapsed === false
  );
}
