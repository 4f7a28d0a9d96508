import { NextIntlClientProvider } from 'next-intl';
import { getMessages } from 'next-intl/server';
import type { ReactNode } from 'react';
import { MoreMessages } from '@/components/shell/more-messages';
import type { Namespace } from '@/lib/i18n/namespaces';

/** What client components of every page speak from, and the language, zone and clock that they speak with. */
export async function BaseMessages({ children }: { children: ReactNode }) {
  return <NextIntlClientProvider messages={await messagesOf(['common', 'errors'])}>{children}</NextIntlClientProvider>;
}

/**
 * Also what those of a part of the console speak from. Only what they need travels with a page; in a layout, it does so once: going
 * on within the part loads it no more.
 */
export async function Messages({ of, children }: { of: Namespace[]; children: ReactNode }) {
  return <MoreMessages messages={await messagesOf(of)}>{children}</MoreMessages>;
}

async function messagesOf(names: Namespace[]) {
  const all = await getMessages();
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}
