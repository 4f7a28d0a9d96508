'use client';

import { useTranslations } from 'next-intl';
import type { TokenActions } from '@/components/tokens/types';
import type { Receipt } from '@/lib/instances/schema';

/** A receipt in words: "Refused on 3 of 3 instances, after 12 ms"; `as`: what holds there. */
export function useReceiptWords(as: 'refused' | 'inForce'): (receipt: Receipt) => string {
  const t = useTranslations('token.receipt');
  return ({ held, instances, milliseconds }) =>
    held === instances ? t(as, { count: instances, milliseconds }) : t(`${as}Partly`, { count: instances, held });
}

/** Asks, after a change of a token, on how many instances it holds; null where nobody can tell. */
export function useReceipt(load: TokenActions['receipt'], id: string, as: 'refused' | 'inForce'): () => Promise<string | null> {
  const words = useReceiptWords(as);
  return async () => {
    const result = await load({ id }).catch(() => null); // the change itself is done: nothing hangs on this word
    return result?.ok && result.data && result.data.instances > 0 ? words(result.data) : null;
  };
}
