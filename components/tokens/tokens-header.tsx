'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode, Ref } from 'react';

type Props = { ref?: Ref<HTMLHeadingElement>; id: string; level: 1 | 2; owner: string | null; action: ReactNode };

/** The heading "Tokens", what the list is for, and the way to a new one. */
export function TokensHeader({ ref, id, level, owner, action }: Props) {
  const t = useTranslations('tokens');
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
      <div className="grid min-w-0 grow basis-72 gap-1">
        <Heading
          ref={ref}
          id={id}
          tabIndex={-1}
          className={level === 1 ? 'font-semibold text-2xl tracking-tight outline-none' : 'font-semibold text-lg outline-none'}
        >
          {t('title')}
        </Heading>
        <p className="max-w-[68ch] text-pretty text-muted">{owner ? t('descriptionOfOther', { name: owner }) : t('description')}</p>
      </div>
      {action}
    </header>
  );
}
