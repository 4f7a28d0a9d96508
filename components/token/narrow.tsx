'use client';

import { useTranslations } from 'next-intl';
import { createContext, use } from 'react';
import { Button } from '@/components/ui/button';

/** Opens the dialog for a token's access with these scopes taken out of it; whoever opened it decides. */
export const NarrowScopes = createContext<(without: string[]) => void>(() => {});

export function RemoveUnusedScopes({ scopes }: { scopes: string[] }) {
  const t = useTranslations('usage.scopes');
  const narrow = use(NarrowScopes);
  return <Button onClick={() => narrow(scopes)}>{t('remove', { count: scopes.length })}</Button>;
}
