'use client';

import { CircleCheck, CirclePause, CircleSlash } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { EditRule, useFieldLabel } from '@/components/alerts/edit-rule';
import type { ChangeRule } from '@/components/alerts/types';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Section } from '@/components/ui/section';
import type { RuleRow } from '@/lib/alerts/schema';

type Props = { rows: RuleRow[]; change: ChangeRule | null };

/** What is raised, with every threshold; administrators change them. */
export function AlertRules({ rows, change }: Props) {
  const t = useTranslations('alerts.rules');
  return (
    <Section id="rules" title={t('title')} description={t('description')}>
      <ul className="border-line border-t">
        {rows.map((row) => (
          <li key={row.rule} className="grid gap-x-8 gap-y-3 border-line border-b px-2 py-4 sm:grid-cols-[1fr_auto]">
            <Rule row={row} />
            {change && <Edit row={row} change={change} />}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Rule({ row }: { row: RuleRow }) {
  const t = useTranslations('alerts');
  const label = useFieldLabel(row.rule);
  return (
    <div className="grid min-w-0 gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-medium">{t(`rules.${row.rule}.title`)}</h3>
        {row.enabled ? (
          <Badge tone="good" icon={CircleCheck}>
            {t('rules.on')}
          </Badge>
        ) : (
          <Badge tone="neutral" icon={CircleSlash}>
            {t('rules.off')}
          </Badge>
        )}
        {row.suspends && (
          <Badge tone="caution" icon={CirclePause}>
            {t('rules.suspends')}
          </Badge>
        )}
      </div>
      <p className="max-w-[68ch] text-pretty text-muted">{t(`rules.${row.rule}.about`)}</p>
      <dl className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {row.thresholds.map(({ name, value, standard }) => (
          <div key={name} className="flex gap-1.5">
            <dt className="text-muted">{label(name)}</dt>
            <dd className="numbers font-medium">
              {t(`units.${name}`, { n: value })}
              {value !== standard && <span className="font-normal text-muted"> ({t('rules.changed')})</span>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Edit({ row, change }: { row: RuleRow; change: ChangeRule }) {
  const t = useTranslations('alerts.rules');
  const [isOpen, setOpen] = useState(false);
  const title = t(`${row.rule}.title`);
  return (
    <div className="justify-self-start sm:justify-self-end">
      <Button onClick={() => setOpen(true)} aria-label={t('editRule', { rule: title })}>
        {t('edit')}
      </Button>
      {isOpen && <EditRule row={row} change={change} onClose={() => setOpen(false)} />}
    </div>
  );
}
