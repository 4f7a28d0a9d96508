'use client';

import { type RefObject, useCallback, useState } from 'react';
import { useLooking } from '@/components/ui/use-looking';
import type { ActionResult } from '@/lib/action';
import type { AuditActivity, AuditFigures, AuditPage } from '@/lib/audit/schema';

// Rows come every two seconds; what is added up may be calmer.
const EVERY = 10_000;
// Whoever looks at a bar is done soon.
const WHILE_READ = 2000;

type Props = {
  active: boolean;
  page: AuditPage;
  activity: AuditActivity | null;
  read: () => Promise<ActionResult<AuditFigures>>;
  content: RefObject<HTMLElement | null>;
};

/** The bars as the page brought them, then as they are by now; and how many events there are by now. They stay as they are while somebody reads them. */
export function useLiveFigures({ active, page, activity, read, content }: Props): AuditFigures {
  const first = { page, figures: { activity, total: null } };
  const [kept, setKept] = useState<{ page: AuditPage; figures: AuditFigures }>(first);
  if (kept.page !== page) setKept(first);

  const look = useCallback(
    async (isOver: () => boolean) => {
      if (areBarsRead(content.current)) return WHILE_READ;
      const result = await read().catch(() => null);
      if (!isOver() && result?.ok && !areBarsRead(content.current))
        setKept((before) => (before.page === page ? { page, figures: result.data } : before));
      return EVERY;
    },
    [page, read, content],
  );
  useLooking(active, 0, look);

  return kept.page === page ? kept.figures : first.figures;
}

/** Pointed at, used by keyboard, or unfolded as a table. */
function areBarsRead(content: HTMLElement | null): boolean {
  return content?.querySelector('figure')?.matches(':hover, :focus-within, :has(table)') ?? false;
}
