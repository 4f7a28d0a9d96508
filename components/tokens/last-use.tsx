'use client';

import { Activity } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import type { TokenActions } from '@/components/tokens/types';
import { Icon } from '@/components/ui/icon';
import { useRelativeTime } from '@/components/ui/time';
import type { TokenRow, LastUse as Use } from '@/lib/tokens/schema';

/** Who would notice: the newest access, first as the list knows it, then as the log does. */
export function LastUse({ row, load }: { row: TokenRow; load: TokenActions['lastUse'] }) {
  const t = useTranslations('tokens.lastUse');
  const relative = useRelativeTime();
  const [use, setUse] = useState<Use | null>(null);

  useEffect(() => {
    let wanted = true;
    load({ id: row.id }).then(
      (result) => wanted && result.ok && setUse(result.data),
      () => {}, // The list's own knowledge stays.
    );
    return () => {
      wanted = false;
    };
  }, [load, row.id]);

  const at = use?.at ?? row.lastUsedAt;
  const ip = use?.ip ?? row.lastUsedIp;
  return (
    <section aria-label={t('label')} className="flex gap-2.5 rounded-md border border-line bg-canvas px-3 py-2 text-sm">
      <Icon of={Activity} className="mt-0.5 text-muted" />
      <div className="grid min-w-0 gap-0.5">
        <p>{at ? t(ip ? 'when' : 'whenUnknown', { when: relative(at), ip: ip ?? '' }) : t('never')}</p>
        {use?.userAgent && <p className="line-clamp-2 text-muted">{t('agent', { agent: use.userAgent })}</p>}
        {use?.request && <p className="line-clamp-2 text-muted">{t('request', { request: use.request })}</p>}
      </div>
    </section>
  );
}
