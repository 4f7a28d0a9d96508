'use client';

import { CircleSlash, Clock, type LucideIcon } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ComponentProps } from 'react';
import { Badge } from '@/components/ui/badge';
import type { TokenStatus as Status } from '@/lib/tokens/schema';

const looks: Record<Status, { tone: ComponentProps<typeof Badge>['tone']; icon?: LucideIcon }> = {
  active: { tone: 'good' },
  expiring: { tone: 'caution', icon: Clock },
  expired: { tone: 'danger' },
  deleted: { tone: 'neutral', icon: CircleSlash },
};

/** A token's status in a word. */
export function TokenStatus({ status }: { status: Status }) {
  const t = useTranslations('tokens.status');
  return <Badge {...looks[status]}>{t(status)}</Badge>;
}
