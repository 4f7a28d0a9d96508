'use client';

import { CircleSlash, Clock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import type { TokenStatus as Status } from '@/lib/tokens/schema';

const looks = {
  active: { tone: 'good' },
  expiring: { tone: 'caution', icon: Clock },
  expired: { tone: 'danger' },
  deleted: { tone: 'neutral', icon: CircleSlash },
} as const;

/** A token's status in a word. */
export function TokenStatus({ status }: { status: Status }) {
  const t = useTranslations('tokens.status');
  return <Badge {...looks[status]}>{t(status)}</Badge>;
}
