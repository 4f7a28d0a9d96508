'use client';

import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useCallback, useEffect, useRef, useState } from 'react';
import { isUnderWay, type ReadExports } from '@/components/exports/types';
import { notify } from '@/components/ui/toast';
import { useLooking } from '@/components/ui/use-looking';

const EVERY = 3000;

/** Looks after the exports `ids`, and those that come later, until each has ended. */
export function Watching({ ids, read }: { ids: string[]; read: ReadExports }) {
  const t = useTranslations('exports');
  const router = useRouter();
  const open = useRef(new Set<string>());
  const [isOpen, setIsOpen] = useState(false);

  useEffect(() => {
    for (const id of ids) open.current.add(id);
    setIsOpen(open.current.size > 0);
  }, [ids]);

  const look = useCallback(
    async (isOver: () => boolean) => {
      const result = await read({}).catch(() => null);
      if (isOver() || !result?.ok) return EVERY;
      const rows = new Map(result.data.map((row) => [row.id, row]));
      const before = open.current.size;
      for (const id of open.current) {
        const row = rows.get(id);
        if (row && isUnderWay(row)) continue;
        open.current.delete(id);
        if (row?.state === 'done') notify(t('announced.done', { name: row.fileName }));
        if (row?.state === 'failed') notify(t('announced.failed', { name: row.fileName }), 'info');
      }
      // What the page says of exports is of before.
      if (open.current.size < before) router.refresh();
      setIsOpen(open.current.size > 0);
      return EVERY;
    },
    [read, router, t],
  );
  useLooking(isOpen, EVERY, look);
  return null;
}
