'use client';

import clsx from 'clsx';
import { CircleAlert, Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ClipboardEvent, type KeyboardEvent, useId, useRef, useState } from 'react';
import type { AuditActions } from '@/components/audit/types';
import { useFilterWords } from '@/components/audit/use-filter-words';
import { type SearchOption, useSearchOptions } from '@/components/audit/use-search-options';
import { Icon } from '@/components/ui/icon';
import type { AuditMeanings, AuditQuery } from '@/lib/audit/schema';
import { partsOf, readSearch, type SearchName, type SearchProblem, searchText } from '@/lib/audit/search';
import { auditFilterNames, searchNames } from '@/lib/audit/values';

type Props = {
  query: AuditQuery;
  /** The names that ids in the filters stand for. */
  meanings: AuditMeanings;
  suggest: AuditActions['suggest'];
  onChange: (change: Partial<AuditQuery>) => void;
  onClear: () => void;
};

/**
 * The filters as words: what is set stands there as chips, and what is typed becomes one. It holds nothing but what is being typed: the
 * filters are those of the URL, which the controls below change too.
 */
export function SearchBar({ query, meanings, suggest, onChange, onClear }: Props) {
  const t = useTranslations('audit.search');
  const words = useFilterWords();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<SearchProblem | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const [picked, setPicked] = useState<number | null>(null);
  const options = useSearchOptions(text, isOpen, suggest);
  const set = searchNames.filter((name) => query[name] !== '');
  // What Enter takes: what the arrows lead to, else the first where what is typed is not a value by itself.
  const active = picked ?? (options[0]?.isLikely ? 0 : null);
  const isAnySet = auditFilterNames.some((name) => query[name] !== '');
  const c = useTranslations('common');
  const sayProblem = useProblemWords();

  function write(next: string) {
    setText(next);
    setProblem(null);
    setPicked(null);
    setIsOpen(true);
  }

  /** All that was typed becomes filters, or nothing does. */
  function commit(all: string): boolean {
    const result = readSearch(all);
    setProblem(result.problem ?? null);
    setIsOpen(false);
    setPicked(null);
    if (result.problem) return false;
    setText('');
    if (Object.keys(result.change).length > 0) onChange(result.change);
    return true;
  }

  function choose({ name, value, isPrefix }: SearchOption) {
    input.current?.focus();
    const last = partsOf(text).at(-1);
    const before = text.slice(0, last?.start ?? 0);
    if (isPrefix) write(`${before}${name}:`);
    else commit(before + searchText(name, value));
  }

  function remove(name: SearchName) {
    onChange({ [name]: '' });
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing) return;
    const isAtStart = event.currentTarget.selectionStart === 0 && event.currentTarget.selectionEnd === 0;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setIsOpen(true);
      const from = active ?? (event.key === 'ArrowDown' ? -1 : 0);
      if (options.length > 0) setPicked((from + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length);
    } else if (event.key === 'Enter') {
      const option = isOpen && active !== null ? options[active] : undefined;
      if (option) choose(option);
      else commit(text);
    } else if (event.key === 'Escape' && isOpen && options.length > 0) {
      setIsOpen(false);
      setPicked(null);
    } else if (event.key === 'Escape' && text !== '') {
      write('');
      setIsOpen(false);
    } else if (event.key === 'Backspace' && text === '' && set.length > 0) {
      onChange({ [set.at(-1) as SearchName]: '' });
    } else if (event.key === 'ArrowLeft' && isAtStart && set.length > 0) {
      chipsOf(box.current).at(-1)?.focus();
    } else return;
    event.preventDefault();
  }

  function onChipKey(event: KeyboardEvent<HTMLButtonElement>, name: SearchName) {
    const chips = chipsOf(box.current);
    const at = chips.indexOf(event.currentTarget);
    if (event.key === 'ArrowLeft') chips[Math.max(0, at - 1)]?.focus();
    else if (event.key === 'ArrowRight') (chips[at + 1] ?? input.current)?.focus();
    else if (event.key === 'Home') chips[0]?.focus();
    else if (event.key === 'End' || event.key === 'Escape') input.current?.focus();
    else if (event.key === 'Backspace' || event.key === 'Delete') remove(name);
    else return;
    event.preventDefault();
  }

  /** Filters that were copied somewhere are set at once; anything else is only text. */
  function onPaste(event: ClipboardEvent<HTMLInputElement>) {
    const pasted = event.clipboardData.getData('text').replaceAll(/\s+/g, ' ');
    if (text !== '' || !partsOf(pasted).some(({ name }) => name)) return;
    event.preventDefault();
    if (!commit(pasted)) setText(pasted);
  }

  const isListed = isOpen && options.length > 0;
  return (
    <div className="relative min-w-0 grow max-sm:basis-full">
      <div
        ref={box}
        onPointerDown={(event) => {
          if (event.target !== event.currentTarget) return;
          event.preventDefault();
          input.current?.focus();
        }}
        className="flex min-h-8 cursor-text flex-wrap items-center gap-1 rounded-md border border-control bg-surface py-0.75 pr-2 pl-2.5 transition-colors focus-within:outline-2 focus-within:outline-ring hover:border-muted has-aria-invalid:border-danger max-sm:min-h-10"
      >
        <Icon of={Search} className="pointer-events-none mr-1 text-muted" />
        {set.map((name) => (
          <button
            key={name}
            type="button"
            data-chip
            onKeyDown={(event) => onChipKey(event, name)}
            onClick={() => remove(name)}
            title={query[name]}
            className="inline-flex h-6 min-w-0 max-w-full items-center gap-1 rounded-sm bg-pressed px-1.5 text-sm hover:bg-line max-sm:h-8"
          >
            <span className="text-muted">{name}:</span>
            <span className="max-w-56 truncate font-medium">{words(name, { ...query, ...meanings }[name] ?? query[name])}</span>
            <span className="sr-only">{t('remove')}</span>
            <Icon of={X} className="size-3 text-muted" />
          </button>
        ))}
        <input
          ref={input}
          role="combobox"
          aria-label={t('label')}
          aria-expanded={isListed}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isListed && active !== null ? `${id}-${active}` : undefined}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? `${id}-note` : undefined}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={4000}
          placeholder={set.length === 0 ? t('placeholder') : undefined}
          value={text}
          onChange={(event) => write(event.target.value)}
          onPointerDown={() => setIsOpen(true)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => setIsOpen(false)}
          className="h-6 min-w-32 grow bg-transparent text-ink outline-none max-sm:h-8 max-sm:min-w-20 max-sm:text-lg"
        />
        {isAnySet && (
          <button
            type="button"
            onClick={onClear}
            className="h-6 rounded-sm px-1.5 text-muted text-sm hover:bg-hover hover:text-ink max-sm:h-8"
          >
            {c('clear')}
          </button>
        )}
      </div>
      {problem && (
        <p id={`${id}-note`} role="alert" className="mt-1 flex gap-1.5 text-danger text-xs">
          <Icon of={CircleAlert} className="size-3.5" />
          {sayProblem(problem)}
        </p>
      )}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={t('options')}
        hidden={!isListed}
        className="absolute inset-x-0 top-full z-20 mt-1 max-h-80 overflow-y-auto rounded-lg bg-raised p-1 shadow-float sm:max-w-130"
      >
        {options.map((option, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's
          <div
            key={option.key}
            id={`${id}-${n}`}
            role="option"
            tabIndex={-1}
            aria-selected={n === active}
            ref={(element) => {
              if (n === picked) element?.scrollIntoView({ block: 'nearest' });
            }}
            // The input keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(option)}
            className={clsx(
              'flex min-h-8 cursor-default items-center gap-2 rounded-md px-2 py-1 max-sm:min-h-10',
              n === active ? 'bg-hover' : 'hover:bg-hover',
            )}
          >
            <span className="shrink-0 text-muted">{option.name}:</span>
            <span className="min-w-0 truncate">{option.label}</span>
            {option.detail && <span className="ml-auto min-w-0 shrink-[2] truncate pl-2 text-muted text-xs">{option.detail}</span>}
          </div>
        ))}
      </div>
    </div>
  );
}

function chipsOf(box: HTMLElement | null): HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>('[data-chip]') ?? [])];
}

function useProblemWords() {
  const p = useTranslations('audit.problems');
  const t = useTranslations('audit.search');
  return ({ code, text }: SearchProblem) => {
    if (code === 'name_unknown' || code === 'value_missing' || code === 'twice' || code === 'too_long')
      return t(`problems.${code}`, { text });
    return p(code, { text });
  };
}
