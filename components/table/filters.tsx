'use client';

import clsx from 'clsx';
import { ChevronDown, Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ComponentProps, type ReactNode, useId } from 'react';
import type { Navigation } from '@/components/table/use-navigation';
import { useTyped } from '@/components/table/use-typed';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/controls';
import { Icon } from '@/components/ui/icon';

/** The row of quiet controls above a list. */
export function FilterBar({ children }: { children: ReactNode }) {
  return <search className="mb-3 flex flex-wrap items-center gap-2">{children}</search>;
}

type SearchProps = { label: string; value: string; href: (text: string) => string; navigation: Navigation };

/** Searches while one types, after a short pause. What somebody is typing is never replaced under their hands. Back leads out of a search, not through its letters. */
export function SearchBox({ label, value, href, navigation }: SearchProps) {
  const [text, setText] = useTyped(value, (next) => navigation.go(href(next), { replace: value !== '' }));

  return (
    <span className="relative grow sm:max-w-72">
      <Icon of={Search} className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-muted" />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
        className="pl-8.5 [&::-webkit-search-cancel-button]:hidden"
      />
    </span>
  );
}

type SelectProps = Omit<ComponentProps<'select'>, 'onChange'> & { label: string; onChoose: (value: string) => void };

/** How a filter looks that shows what it is set to: its label, then its control. */
export const filterClass =
  'relative inline-flex h-8 items-center rounded-md border border-control bg-surface pl-2.5 text-muted transition-colors focus-within:z-1 focus-within:outline-2 focus-within:outline-ring hover:bg-hover has-aria-invalid:border-danger max-sm:h-10';

/** A filter that shows what it is set to. */
export function FilterSelect({ label, onChoose, className, children, ...props }: SelectProps) {
  const id = useId();
  return (
    <span className={clsx(filterClass, className)}>
      <label htmlFor={id}>{label}</label>
      <select
        {...props}
        id={id}
        onChange={(event) => onChoose(event.target.value)}
        className="field-sizing-content h-full min-w-0 max-w-48 grow appearance-none truncate bg-transparent pr-7 pl-1.5 font-medium text-ink outline-none max-sm:max-w-none max-sm:text-lg"
      >
        {children}
      </select>
      <Icon of={ChevronDown} className="pointer-events-none absolute right-2" />
    </span>
  );
}

/** Back to the unfiltered list. */
export function ClearFilters({ onClear }: { onClear: () => void }) {
  const t = useTranslations('common');
  return (
    <Button look="ghost" onClick={onClear} className="text-muted">
      <Icon of={X} />
      {t('clear')}
    </Button>
  );
}
