import { CircleOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '@/components/ui/badge';
import { Section } from '@/components/ui/section';
import { Time } from '@/components/ui/time';
import type { InstanceRow } from '@/lib/instances/schema';

/** The processes that serve, and those that did within the last hour. */
export function Instances({ rows }: { rows: InstanceRow[] }) {
  const t = useTranslations('overview.instances');
  return (
    <Section id="instances" title={t('title')} description={t('description')}>
      <ul className="border-line border-t">
        {rows.map((row) => (
          <li
            key={row.id}
            className="grid min-h-11 grid-cols-2 items-center gap-x-4 gap-y-1 border-line border-b px-2 py-2 sm:grid-cols-[2fr_1fr_1.5fr_1.5fr]"
          >
            <span className="min-w-0 truncate font-mono text-sm">{row.name}</span>
            {row.isAlive ? (
              <Badge tone="good">{t('alive')}</Badge>
            ) : (
              <Badge tone="neutral" icon={CircleOff}>
                {t('gone')}
              </Badge>
            )}
            <span>
              <span className="text-muted">{t('started')}</span> <Time at={row.startedAt} />
            </span>
            <span>
              <span className="text-muted">{t('seen')}</span> <Time at={row.seenAt} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
