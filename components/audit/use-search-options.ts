'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import type { AuditActions } from '@/components/audit/types';
import { useEventWords, useReasonWords } from '@/components/audit/use-event-words';
import type { AuditSuggestion, Outcome } from '@/lib/audit/schema';
import { guess, isUnknownFilter, partsOf, type SearchName } from '@/lib/audit/search';
import { auditReasons, eventGroups, eventKinds, eventNames, outcomes, searchNames } from '@/lib/audit/values';

/** Something that what is being typed could become. */
export type SearchOption = {
  key: string;
  name: SearchName;
  value: string;
  label: string;
  detail?: string;
  /** It only begins a filter. */
  isPrefix?: boolean;
  /** Enter takes it, since what is typed is nothing by itself. */
  isLikely?: boolean;
};

// More are found by typing on.
const MOST = 12;
const MOST_OF_FREE_TEXT = 4;
const PAUSE = 150;

const NAMED: readonly SearchName[] = ['actor', 'target', 'token'];

/** What the last of the words in the search bar could become; people and tokens are asked for once somebody pauses. */
export function useSearchOptions(text: string, isOpen: boolean, suggest: AuditActions['suggest']): SearchOption[] {
  const t = useTranslations('audit.search');
  const o = useTranslations('audit.outcomes');
  const k = useTranslations('audit.kinds');
  const { title } = useEventWords();
  const reason = useReasonWords();
  const part = partsOf(text).at(-1);
  const { name = null, value = '' } = part ?? {};
  const asked = name === 'actor' || name === 'target' || name === 'token' ? name : null;
  const found = useSuggestions(!isOpen || !asked ? null : asked === 'target' ? 'actor' : asked, value, suggest);
  if (!isOpen || (!name && !part?.isQuoted && isUnknownFilter(value))) return [];

  const known: Partial<Record<SearchName, { value: string; label: string }[]>> = {
    kind: eventKinds.map((one) => ({ value: one, label: k(one) })),
    event: [...eventGroups.map((one) => `${one}.*`), ...eventNames].map((one) => ({ value: one, label: title(one) })),
    outcome: outcomes.map((one) => ({ value: one, label: o(one satisfies Outcome) })),
    reason: [...new Set(Object.values(auditReasons).flat())].map((one) => ({ value: one, label: reason(one) })),
  };
  const matching = (of: SearchName, most: number): SearchOption[] =>
    (known[of] ?? [])
      .filter((one) => has(one.value, value) || has(one.label, value))
      .slice(0, most)
      .map((one) => ({ key: `${of}:${one.value}`, name: of, ...one, detail: one.value }));

  if (asked) return found.map(({ id, name: label, detail }) => ({ key: id, name: asked, value: id, label, detail }));
  if (name) {
    const options = matching(name, MOST * 4);
    const isWhole = options.some((one) => one.value === value);
    return options.map((one) => ({ ...one, isLikely: value !== '' && !isWhole }));
  }
  const prefixes = searchNames
    .filter((one) => one !== 'q' && one.startsWith(value.toLowerCase()))
    .map((one): SearchOption => ({ key: one, name: one, value: '', label: '', detail: t(`names.${one}`), isPrefix: true }));
  if (value === '') return prefixes;
  const likely = part?.isQuoted ? 'q' : guess(value);
  const plain = (of: SearchName): SearchOption => ({
    key: `${of}=`,
    name: of,
    value,
    label: value,
    detail: t(of === 'q' ? 'anywhere' : NAMED.includes(of) ? 'partOfName' : 'exactly'),
  });
  const rest = (['kind', 'event', 'outcome', 'reason'] as const).flatMap((of) => matching(of, MOST_OF_FREE_TEXT));
  const others = likely === 'q' ? NAMED.map(plain) : [];
  return [{ ...plain(likely), isLikely: true }, ...prefixes, ...others, ...rest].slice(0, MOST);
}

function has(text: string, part: string): boolean {
  return text.toLocaleLowerCase().includes(part.toLocaleLowerCase());
}

/** The people or tokens that `text` may mean; those of the text before stay until the next have come. */
function useSuggestions(kind: 'actor' | 'token' | null, text: string, suggest: AuditActions['suggest']): AuditSuggestion[] {
  const [found, setFound] = useState<{ kind: string | null; rows: AuditSuggestion[] }>({ kind: null, rows: [] });

  useEffect(() => {
    if (!kind) return;
    let isOver = false;
    const timer = setTimeout(async () => {
      const result = await suggest({ kind, text: text.slice(0, 1000) }).catch(() => null);
      if (!isOver) setFound({ kind, rows: result?.ok ? result.data : [] });
    }, PAUSE);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [kind, text, suggest]);

  return kind && found.kind === kind ? found.rows : [];
}
