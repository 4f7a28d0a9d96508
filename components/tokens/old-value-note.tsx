'use client';

import { TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { Icon } from '@/components/ui/icon';
import { useRelativeTime } from '@/components/ui/time';
import type { TokenRow } from '@/lib/tokens/schema';

/** In a list: that the value from before still works, or that somebody tried it since; the token's page tells the rest. */
export function OldValueNote({ row: { id, oldValueUntil, tries } }: { row: TokenRow }) {
  const t = useTranslations('tokens.oldValue');
  const relative = useRelativeTime();
  if (!oldValueUntil && !tries) return null;
  return (
    <Link
      href={`/tokens/${id}#old-value`}
      prefetch={false}
      className="flex items-center gap-1 rounded-sm text-xs underline-offset-4 hover:underline"
    >
      {oldValueUntil ? (
        <span className="text-muted" suppressHydrationWarning>
          {t('endsIn', { when: relative(oldValueUntil) })}
        </span>
      ) : (
        <>
          <Icon of={TriangleAlert} className="size-3 text-caution" />
          <span className="text-caution">{tries && t('triedShort', { count: tries.count })}</span>
        </>
      )}
    </Link>
  );
}
