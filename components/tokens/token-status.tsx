'use client';

import { CirclePause, CircleSlash, Clock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import type { TokenStatus as Status } from '@/lib/tokens/schema';

const looks = {
  active: { tone: 'good' },
  expiring: { tone: 'caution', icon: Clock },
  expired: { tone: 'danger' },
  suspended: { tone: 'neutral', icon: CirclePause },
  deleted: { tone: 'neutral', icon: CircleSlash },
} as const;

/** A token's status in a word; why it is suspended, on hover and focus. */
export function TokenStatus({ status, reason }: { status: Status; reason: string | null }) {
  const t = useTranslations('token.status');
  const badge = <Badge {...looks[status]}>{t(status)}</Badge>;
  if (status !== 'suspended' || !reason) return badge;
  return (
    <button type="button" data-tip={reason} aria-description={reason} className="cursor-default rounded-sm">
      {badge}
    </button>
  );
}
