'use client';

import { NextIntlClientProvider, useLocale } from 'next-intl';
import type { ReactNode } from 'react';

/** Writes every moment inside on the clocks of `zone`. */
export function InZone({ zone, children }: { zone: string; children: ReactNode }) {
  return (
    <NextIntlClientProvider locale={useLocale()} timeZone={zone}>
      {children}
    </NextIntlClientProvider>
  );
}
