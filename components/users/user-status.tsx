'use client';

import { Ban, Mail } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import type { UserRow } from '@/lib/users/schema';

const looks = {
  active: { tone: 'good' },
  invited: { tone: 'caution', icon: Mail },
  disabled: { tone: 'danger', icon: Ban },
} as const;

/** Whether somebody can sign in, in a word. */
export function UserStatus({ status }: { status: UserRow['status'] }) {
  const t = useTranslations('users.status');
  return <Badge {...looks[status]}>{t(status)}</Badge>;
}
