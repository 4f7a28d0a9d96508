'use client';

import { Eye, ShieldCheck, User } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import type { UserRow } from '@/lib/users/schema';

const looks = {
  member: { tone: 'neutral', icon: User },
  auditor: { tone: 'neutral', icon: Eye },
  admin: { tone: 'info', icon: ShieldCheck },
} as const;

/** A role in a word. */
export function RoleBadge({ role }: { role: UserRow['role'] }) {
  const t = useTranslations('common.role');
  return <Badge {...looks[role]}>{t(role)}</Badge>;
}
