'use client';

import { ScrollText, SearchX, X } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { useFilterWords } from '@/components/audit/use-filter-words';
import type { Navigation } from '@/components/table/use-navigation';
import { buttonClass } from '@/components/ui/button';
import { ButtonLink } from '@/components/ui/button-link';
import { Icon } from '@/components/ui/icon';
import { EmptyState } from '@/components/ui/states';
import type { AuditFilterName, AuditMeanings, AuditProblems, AuditQuery } from '@/lib/audit/schema';
import { auditFilterNames } from '@/lib/audit/values';

type Props = {
  query: AuditQuery;
  problems: AuditProblems;
  /** The names that ids in the filters stand for. */
  meanings: AuditMeanings;
  href: (change: Partial<AuditQuery>) => string;
  all: string;
  navigation: Navigation;
};

/** Why no event is shown: a filter that cannot be applied, filters that are too narrow, or nothing has happened. */
export function NoEvents({ query, problems, meanings, href, all, navigation }: Props) {
  const t = useTranslations('audit.empty');
  const p = useTranslations('audit.problems');
  const set = auditFilterNames.filter((name) => query[name] !== '');
  const showAll = <ButtonLink {...navigation.link(all)}>{t('all')}</ButtonLink>;
  const newest = <ButtonLink {...navigation.link(href({ cursor: '' }))}>{t('newest')}</ButtonLink>;
  if (problems.cursor) {
    return (
      <EmptyState icon={SearchX} title={t('problem')} action={newest}>
        {p(problems.cursor, { text: query.cursor })}
      </EmptyState>
    );
  }
  if (Object.keys(problems).length > 0) {
    return (
      <EmptyState icon={SearchX} title={t('problem')} action={showAll}>
        {t('problemBody')}
      </EmptyState>
    );
  }
  if (query.cursor !== '') {
    return (
      <EmptyState icon={SearchX} title={t('none')} action={newest}>
        {t('beyond')}
      </EmptyState>
    );
  }
  if (set.length === 0) {
    return (
      <EmptyState icon={ScrollText} title={t('title')}>
        {t('body')}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={SearchX} title={t('none')} action={showAll}>
      <p>{t('relax')}</p>
      <ul className="mt-3 flex flex-wrap justify-center gap-2">
        {set.map((name) => (
          <li key={name}>
            <Link {...navigation.link(href({ [name]: '' }))} className={buttonClass('secondary', 'text-sm')}>
              <SetFilter name={name} value={{ ...query, ...meanings }[name] ?? query[name]} />
              <Icon of={X} className="text-muted" />
            </Link>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}

function SetFilter({ name, value }: { name: AuditFilterName; value: string }) {
  const t = useTranslations('audit');
  const words = useFilterWords();
  return t('empty.remove', { filter: t(`filters.${name}`), value: words(name, value) });
}
