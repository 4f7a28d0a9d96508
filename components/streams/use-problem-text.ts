'use client';

import { useTranslations } from 'next-intl';
import type { SendProblem } from '@/lib/streams/problem';

/** The words for why something could not be sent. */
export function useProblemText(): (problem: SendProblem) => string {
  const t = useTranslations('streams.problems');
  return ({ code, detail }) => t(code, { detail });
}
