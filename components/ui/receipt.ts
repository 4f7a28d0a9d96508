'use client';

import { useTranslations } from 'next-intl';
import type { ActionResult } from '@/lib/action';
import type { Receipt } from '@/lib/instances/schema';

/** What a change did, and so what holds on the instances that have it. */
type What = 'refused' | 'inForce' | 'tokensRefused' | 'tokensPass';

/** A receipt in words: "Refused on 3 of 3 instances, after 12 ms". */
export function useReceiptWords(what: What): (receipt: Receipt) => string {
  const t = useTranslations('common.receipt');
  return ({ held, instances, milliseconds }) =>
    held === instances ? t(what, { count: instances, milliseconds }) : t(`${what}Partly`, { count: instances, held });
}

/** Asks, after a change of a token or a user, on how many instances it holds; null where nobody can tell. */
export function useReceipt(
  load: (input: { id: string }) => Promise<ActionResult<Receipt | null>>,
  id: string,
  what: What,
): () => Promise<string | null> {
  const words = useReceiptWords(what);
  return async () => {
    const result = await load({ id }).catch(() => null); // the change itself is done: nothing hangs on this word
    return result?.ok && result.data && result.data.instances > 0 ? words(result.data) : null;
  };
}
