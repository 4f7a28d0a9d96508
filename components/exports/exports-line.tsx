import { FileDown } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { isUnderWay } from '@/components/exports/types';
import { Icon } from '@/components/ui/icon';
import type { ExportRow } from '@/lib/audit/exports/schema';

/** On the log's page, in a line: how many of one's exports are made, and how many can be fetched. Nothing while there are none. */
export function ExportsLine({ rows }: { rows: ExportRow[] }) {
  const t = useTranslations('exports');
  if (rows.length === 0) return null;
  const words = [
    [rows.filter(isUnderWay).length, 'line.underWay'],
    [rows.filter(({ state }) => state === 'done').length, 'line.done'],
  ] as const;
  return (
    <p className="mb-4 flex flex-wrap items-center gap-x-2 gap-y-1 text-muted text-sm">
      <Icon of={FileDown} />
      {words.map(
        ([count, key]) =>
          count > 0 && (
            <span key={key} className="flex gap-x-2">
              {t(key, { count })}
              <span aria-hidden="true">·</span>
            </span>
          ),
      )}
      <Link href="/audit/exports" className="-my-1 inline-block py-1 underline underline-offset-2">
        {t('title')}
      </Link>
    </p>
  );
}
